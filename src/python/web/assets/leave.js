export default function ({ data }) {
  window.location.assign(data.target);
}
