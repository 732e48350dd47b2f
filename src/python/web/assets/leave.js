export default function ({ data }) {
  const target = new URL(data.target, window.location.href);
  if (data.comesBack) {
    target.searchParams.set("next", window.location.pathname + window.location.search);
  }
  window.location.assign(target);
}
