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

// What is on its way outlives the component: Streamlit may draw it anew, or the reader may look at
// another page meanwhile. Leaving the dashboard would end it, so the browser asks.
function heldFor(target) {
  if (!window.ibidUploads) {
    window.ibidUploads = new Map();
    window.addEventListener("beforeunload", (event) => {
      if ([...window.ibidUploads.values()].some((held) => held.isSending)) event.preventDefault();
    });
  }
  if (!window.ibidUploads.has(target)) {
    window.ibidUploads.set(target, { queue: [], rows: new Set(), results: [], isSending: false });
  }
  return window.ibidUploads.get(target);
}

async function work(held, target) {
  if (held.isSending) return;
  held.isSending = true;
  for (let next = held.queue.shift(); next; next = held.queue.shift()) {
    next.state.textContent = "sending";
    const answer = await send(next, target, (part) => {
      next.bar.value = part;
      next.state.textContent = `${Math.round(part * 100)} %`;
    });
    next.row.remove();
    held.rows.delete(next.row);
    held.results = [...held.results, outcome(next.name, answer)].slice(-LONGEST_LIST);
    held.tell(held.results);
  }
  held.isSending = false;
}

export default function (component) {
  const { parentElement, setStateValue } = component;
  const { target } = component.data;
  const held = heldFor(target);
  held.tell = (results) => setStateValue("results", results);

  const drop = parentElement.querySelector("#drop");
  const input = parentElement.querySelector("#input");
  const list = parentElement.querySelector("#list");

  if (held.parent !== parentElement) {
    held.parent = parentElement;
    list.append(...held.rows);
    if (held.results.length) held.tell(held.results);
  }

  const add = (files) => {
    for (const body of files) {
      const upload = { name: body.name, body, key: newKey(), ...newRow(list, body.name) };
      held.rows.add(upload.row);
      held.queue.push(upload);
    }
    work(held, target);
  };

  input.onchange = () => {
    add(Array.from(input.files));
    input.value = "";
  };
  // chosen before this ran
  if (input.files.length) input.onchange();
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
