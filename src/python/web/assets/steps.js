// A link of the class makes the page show another search. Followed as a link it works, too, but
// starts Streamlit anew; so where this runs, the address goes to the session that is there.
export default function ({ data, setTriggerValue }) {
  const follow = (event) => {
    const link = event.target.closest?.(`a.${data.style}`);
    const isPlain = !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (!link || !isPlain || event.defaultPrevented) return;
    event.preventDefault();
    setTriggerValue("step", link.search);
  };
  document.addEventListener("click", follow);
  return () => document.removeEventListener("click", follow);
}
