// Suggests, below Streamlit's search box, how the word that is being typed goes on. The box stays
// Streamlit's: this listens, and types what is chosen.
const WAIT_MILLISECONDS = 120;
const LONGEST = 500;

let isFirst = true;

async function ask(address, text, signal) {
  try {
    const answer = await fetch(`${address}?${new URLSearchParams({ text })}`, { signal });
    return answer.ok ? (await answer.json()).items : [];
  } catch {
    // asked for something else meanwhile, or nobody answers: there is nothing to suggest then
    return [];
  }
}

function newOption(item, index) {
  const option = document.createElement("li");
  option.id = `ibid-completion-${index}`;
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", "false");
  const text = document.createElement("bdi");
  text.textContent = item.text;
  const count = document.createElement("span");
  count.textContent = item.documents === 1 ? "1 document" : `${item.documents} documents`;
  option.append(text, count);
  return option;
}

// As if it had been typed, and the box left: that is when Streamlit takes note of it.
function enter(input, text) {
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, text);
  input.dispatchEvent(new Event("input", { bubbles: true }));
  window.setTimeout(() => {
    input.blur();
    input.focus();
  });
}

class List {
  constructor(input, choose) {
    this.input = input;
    this.items = [];
    this.index = -1;
    this.element = document.createElement("ul");
    this.element.className = "ibid-completions";
    this.element.id = "ibid-completions";
    this.element.setAttribute("role", "listbox");
    this.element.setAttribute("aria-label", "Completions");
    // the box keeps the focus, and with it what was typed
    this.element.onmousedown = (event) => event.preventDefault();
    this.element.onclick = (event) => {
      const index = [...this.element.children].indexOf(event.target.closest("li"));
      if (index >= 0) choose(this.items[index].text);
    };
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", this.element.id);
    this.close();
  }

  get isOpen() {
    return this.element.isConnected;
  }

  get chosen() {
    return this.items[this.index]?.text;
  }

  show(items, place) {
    this.items = items;
    this.element.replaceChildren(...items.map(newOption));
    this.select(-1);
    if (!items.length) return this.close();
    place.append(this.element);
    this.input.setAttribute("aria-expanded", "true");
  }

  close() {
    this.element.remove();
    this.select(-1);
    this.input.setAttribute("aria-expanded", "false");
  }

  // Beyond the last one comes what was typed, and then the first one.
  move(step) {
    const ways = this.items.length + 1;
    this.select(((this.index + 1 + step + ways) % ways) - 1);
  }

  select(index) {
    this.index = index;
    [...this.element.children].forEach((option, at) =>
      option.setAttribute("aria-selected", String(at === index)));
    if (index < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", `ibid-completion-${index}`);
  }
}

export default function ({ data }) {
  const ended = new AbortController();
  let list = null;
  let timer = 0;
  let asking = null;

  // Streamlit may draw the box anew, so it is looked up at each event.
  const on = (type, act) => document.addEventListener(type, (event) => {
    const place = event.target.closest?.(data.place);
    if (!place || event.target.tagName !== "INPUT") return;
    if (list?.input !== event.target) list = new List(event.target, choose);
    act(event, place);
  }, { capture: true, signal: ended.signal });

  const stop = () => {
    window.clearTimeout(timer);
    asking?.abort();
    list?.close();
  };
  const choose = (text) => {
    enter(list.input, text);
    stop();
  };
  const suggest = async (input, place) => {
    const text = input.value;
    asking = new AbortController();
    const { signal } = asking;
    const items = await ask(data.address, text, signal);
    if (!signal.aborted && input.value === text) list.show(items, place);
  };

  on("focusin", () => {});
  on("focusout", stop);
  on("input", ({ target, isComposing }, place) => {
    window.clearTimeout(timer);
    asking?.abort();
    list.select(-1);
    const isAtEnd = target.selectionStart === target.value.length;
    if (isComposing || !isAtEnd || !target.value.trim() || target.value.length > LONGEST) {
      list.close();
      return;
    }
    timer = window.setTimeout(() => suggest(target, place), WAIT_MILLISECONDS);
  });
  on("keydown", (event) => {
    if (event.isComposing) return;
    const { chosen } = list;
    if (event.key === "Enter" && !chosen) stop();
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    const isOurs = list.isOpen && (event.key in steps || event.key === "Escape" || event.key === "Enter");
    if (!isOurs) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key in steps) list.move(steps[event.key]);
    else if (event.key === "Enter") choose(chosen);
    else stop();
  });
  // Whoever was quicker than this to arrive is helped, too.
  const box = isFirst ? document.activeElement : null;
  isFirst = false;
  if (box?.tagName === "INPUT" && box.closest(data.place)) {
    list = new List(box, choose);
    if (box.value) box.dispatchEvent(new Event("input", { bubbles: true }));
  }
  return () => {
    stop();
    ended.abort();
  };
}
