"""The client for code that waits."""

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import httpx

from ibid_client import calls, evaluation_calls
from ibid_client.call import Call
from ibid_client.events import BROKEN, JobFollower
from ibid_client.exchange import (
    TIMEOUT,
    Headers,
    Retries,
    RetryPolicy,
    client_options,
    connection_failed,
    failure,
    prepared,
    result,
)
from ibid_client.forms import Body
from ibid_contract import Job, Page


class _Sends[**P, T]:
    """A method that sends the call which a function of ``calls`` describes."""

    def __init__(self, describe: Callable[P, Call[T]]) -> None:
        self._describe = describe

    def __get__(self, client: "Client", owner: type["Client"]) -> Callable[P, T]:
        @functools.wraps(self._describe)
        def method(*args: P.args, **kwargs: P.kwargs) -> T:
            return client.send(self._describe(*args, **kwargs))

        return method


class _Lists[**P, T]:
    """A method that yields the items of all pages, asking for each page when it is needed."""

    def __init__(self, describe: Callable[P, Call[Page[T]]]) -> None:
        self._describe = describe

    def __get__(self, client: "Client", owner: type["Client"]) -> Callable[P, Iterator[T]]:
        @functools.wraps(self._describe)
        def method(*args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
            for page in client.pages(self._describe(*args, **kwargs)):
                yield from page.items

        return method


class Client:
    """Ibid's API. May be shared by threads; close it, or use it in a ``with`` statement.

    Every method raises ConnectionFailed, UnexpectedAnswer, or a subclass of ProblemError. All
    calls are safe to repeat and are, as ``retries`` says; POSTs carry an Idempotency-Key for it.
    ``headers`` is asked before each request for headers to add.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        transport: httpx.BaseTransport | None = None,
        timeout: httpx.Timeout = TIMEOUT,
        retries: RetryPolicy | None = None,
        headers: Headers = dict,
    ) -> None:
        self._base_url = base_url
        self._timeout = timeout
        self._retries = retries or RetryPolicy()
        self._headers = headers
        self._http = httpx.Client(**client_options(base_url, api_key, transport, timeout))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    readiness = _Sends(calls.readiness)
    whoami = _Sends(calls.whoami)
    create_collection = _Sends(calls.create_collection)
    list_collections = _Sends(calls.list_collections)
    collections = _Lists(calls.list_collections)
    get_collection = _Sends(calls.get_collection)
    update_collection = _Sends(calls.update_collection)
    delete_collection = _Sends(calls.delete_collection)
    upload = _Sends(calls.upload)
    list_documents = _Sends(calls.list_documents)
    documents = _Lists(calls.list_documents)
    get_document = _Sends(calls.get_document)
    get_text = _Sends(calls.get_text)
    list_versions = _Sends(calls.list_versions)
    versions = _Lists(calls.list_versions)
    get_page_picture = _Sends(calls.get_page_picture)
    delete_document = _Sends(calls.delete_document)
    list_jobs = _Sends(calls.list_jobs)
    jobs = _Lists(calls.list_jobs)
    get_job = _Sends(calls.get_job)
    retry_job = _Sends(calls.retry_job)
    cancel_job = _Sends(calls.cancel_job)
    search = _Sends(calls.search)
    find_similar = _Sends(calls.find_similar)
    complete = _Sends(calls.complete)
    list_models = _Sends(calls.list_models)
    models = _Lists(calls.list_models)
    create_judgement = _Sends(evaluation_calls.create_judgement)
    list_judgements = _Sends(evaluation_calls.list_judgements)
    judgements = _Lists(evaluation_calls.list_judgements)
    create_evaluation = _Sends(evaluation_calls.create_evaluation)
    add_evaluated_queries = _Sends(evaluation_calls.add_evaluated_queries)
    list_evaluations = _Sends(evaluation_calls.list_evaluations)
    evaluations = _Lists(evaluation_calls.list_evaluations)
    get_evaluation = _Sends(evaluation_calls.get_evaluation)
    list_evaluated_queries = _Sends(evaluation_calls.list_evaluated_queries)
    evaluated_queries = _Lists(evaluation_calls.list_evaluated_queries)
    delete_evaluation = _Sends(evaluation_calls.delete_evaluation)

    @contextmanager
    def content(
        self, document_id: UUID, *, version: int | None = None
    ) -> Iterator[Iterator[bytes]]:
        """The bytes that were uploaded, piece by piece, as long as the block lasts."""
        with self._stream(calls.get_content(document_id, version=version)) as response:
            yield self._pieces(response)

    def job_events(self, job_id: UUID) -> Iterator[Job]:
        """Yield the job as it is and whenever it changes, until it has ended."""
        follower = JobFollower()
        while not follower.is_over:
            error: Exception | None = None
            try:
                with self._stream(calls.get_job_events(job_id)) as response:
                    for received in response.iter_bytes():
                        yield from follower.feed(received)
            except BROKEN as broken:
                error = broken
            if not follower.is_over:
                time.sleep(follower.stream_ended(error))

    def pages[T](self, call: Call[T]) -> Iterator[T]:
        """Yield the answer of the call, and then of the calls for the pages after it."""
        following: Call[T] | None = call
        while following is not None:
            page = self.send(following)
            yield page
            following = following.next_page(page)

    def send[T](self, call: Call[T]) -> T:
        """Send the call, again if it must be, and return what its answer holds."""
        return result(call, self._exchange(call, stream=False))

    @contextmanager
    def _stream(self, call: Call[bytes]) -> Iterator[httpx.Response]:
        response = self._exchange(call, stream=True)
        try:
            if not response.is_success:
                response.read()
                raise failure(response)
            yield response
        finally:
            response.close()

    def _pieces(self, response: httpx.Response) -> Iterator[bytes]:
        try:
            yield from response.iter_bytes()
        except httpx.RequestError as error:
            raise connection_failed(self._base_url, error) from error

    def _exchange(self, call: Call[Any], *, stream: bool) -> httpx.Response:
        retries = Retries(call, self._base_url, self._retries)
        while True:
            pause: float | None
            try:
                response = self._once(call, stream=stream)
            except httpx.RequestError as error:
                pause = retries.after_failure(error)
            else:
                pause = retries.after_answer(response)
                if pause is None:
                    return response
                response.close()
            time.sleep(pause)

    def _once(self, call: Call[Any], *, stream: bool) -> httpx.Response:
        with prepared(call, self._headers(), self._timeout) as (options, content):
            body = content.pieces() if isinstance(content, Body) else content
            request = self._http.build_request(**options, content=body)
            return self._http.send(request, stream=stream)
