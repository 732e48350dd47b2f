// The element may be drawn after this: look for it for two seconds.
export default function ({ data }) {
  let left = 40;
  let timer = 0;
  const look = () => {
    const element = document.getElementById(data.id);
    if (element) {
      element.scrollIntoView({ block: "center" });
      element.focus({ preventScroll: true });
    } else if (left-- > 0) {
      timer = window.setTimeout(look, 50);
    }
  };
  timer = window.setTimeout(look, 50);
  return () => window.clearTimeout(timer);
}
