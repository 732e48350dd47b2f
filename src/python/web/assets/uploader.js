// Sends documents one after the other, each as the body of a request of its own, from the disk.
// What became of them is the component's state; the ledger says what happens afterwards.
const LONGEST_LIST = 200;

function send(document_, target, onProgress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", target);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.setRequestHeader("x-ibid-upload", "1");
    request.setRequestHeader("x-ibid-file-name", encodeURIComponent(document_.name.toWellFormed()));
    request.setRequestHeader("idempotency-key", document_.key);
    request.upload.onprogress = (event) => onProgress(event.loaded / (event.total || 1));
    request.onload = () => resolve({ status: request.status, text: request.responseText });
    request.onerror = () => resolve({ status: 0, text: "" });
    request.send(document_.body);
  });
}

function outcome(name, answer) {
  let body = {};
  try {
    body = JSON.parse(answer.text);
  } catch {
    // a proxy's page, or nothing: the status has to do
  }
  if (answer.status === 200 || answer.status === 202) {
    return { name, document_id: body.document.id, job_id: body.job ? body.job.id : null };
  }
  const problem = body.detail || (answer.status
    ? `The upload was refused with status ${answer.status}.`
    : "The connection broke off. Try again.");
  return { name, problem };
}

function newKey() {
  // crypto.randomUUID is there on HTTPS and localhost only
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function newRow(list, name) {
  const row = document.createElement("li");
  const label = document.createElement("span");
  label.className = "name";
  label.textContent = name;
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `Sending ${name}`);
  const state = document.createElement("span");
  state.className = "state";
  state.textContent = "waits";
  row.append(label, bar, state);
  list.append(row);
  return { row, bar, state };
}

export default function (component) {
  const { parentElement, setStateValue } = component;
  const held = (parentElement.ibid ??= { queue: [], results: [], isSending: false });
  held.target = component.data.target;
  held.setResults = (results) => setStateValue("results", results);

  const drop = parentElement.querySelector("#drop");
  const input = parentElement.querySelector("#input");
  const list = parentElement.querySelector("#list");

  const work = async () => {
    if (held.isSending) return;
    held.isSending = true;
    for (let next = held.queue.shift(); next; next = held.queue.shift()) {
      next.state.textContent = "sending";
      const answer = await send(next, held.target, (part) => {
        next.bar.value = part;
        next.state.textContent = `${Math.round(part * 100)} %`;
      });
      next.row.remove();
      held.results = [...held.results, outcome(next.name, answer)].slice(-LONGEST_LIST);
      held.setResults(held.results);
    }
    held.isSending = false;
  };

  const add = (files) => {
    for (const body of files) {
      held.queue.push({ name: body.name, body, key: newKey(), ...newRow(list, body.name) });
    }
    work();
  };

  input.onchange = () => {
    add(Array.from(input.files));
    input.value = "";
  };
  drop.ondragover = (event) => {
    event.preventDefault();
    drop.classList.add("over");
  };
  drop.ondragleave = () => drop.classList.remove("over");
  drop.ondrop = (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    add(Array.from(event.dataTransfer.files));
  };
}
