"""A document with a word that no other has, by which it is looked for."""

import base64
from dataclasses import dataclass

from cluster import kube
from cluster.installation import Installation
from cluster.pod.texts import unique_word

# Below are those of the load.
_NUMBER = 9_000_001
_SCRIPT = """
import pathlib, sys
from ibid_client import Client
from ibid_contract import SearchMode, SearchRequest
key, does, *given = sys.argv[1:]
with Client("http://127.0.0.1:3001", key) as ibid:
    if does == "add":
        path = pathlib.Path("/tmp/paper.txt")
        path.write_text(f"The mark of this paper is {given[0]}.")
        collection = ibid.create_collection(f"paper {given[0]}")
        added = ibid.upload(collection.id, path, wait=60)
        assert added.job.state == "done", added.job
        print(added.document.id)
    elif does == "delete":
        ibid.delete_document(given[0])
    else:
        found = ibid.search(SearchRequest(query=given[0], mode=SearchMode.LEXICAL))
        print(*[hit.document_id for hit in found.hits])
"""


@dataclass(frozen=True, slots=True)
class Paper:
    """Asked for within a pod of api, which every policy allows."""

    installation: Installation
    number: int = _NUMBER

    def add(self) -> str:
        """Upload it, and return its id when it is published."""
        return self._do("add", unique_word(self.number))

    def delete(self, document: str) -> None:
        self._do("delete", document)

    def found(self) -> list[str]:
        """The ids of the documents that have the word."""
        return self._do("find", unique_word(self.number)).split()

    def _do(self, *arguments: str) -> str:
        name = f"{self.installation.release}-owner-key"
        secret = kube.get(self.installation.namespace, "secret", name)
        key = base64.b64decode(secret["data"]["api-key"]).decode()
        pod = next(iter(self.installation.pods("api")))
        python = ["/app/bin/python", "-I", "-c", _SCRIPT, key, *arguments]
        return self.installation.execute(pod, *python).strip()
