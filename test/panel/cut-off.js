// In the panel's document: texts that run out of their boxes, of their cards or of the picture. Its value is a list of findings.
(() => {
  const found = new Set();
  const words = (element) => (element.textContent ?? '').replace(/\s+/g, ' ').slice(0, 60);
  const shortens = ({ textOverflow, overflowX, webkitLineClamp }) =>
    textOverflow === 'ellipsis' || overflowX === 'auto' || webkitLineClamp !== 'none';
  for (const element of document.querySelectorAll('.heads *')) {
    const style = getComputedStyle(element);
    if (style.display === 'inline' || shortens(style) || element.closest('svg')) continue;
    if (element.scrollWidth > element.clientWidth + 1)
      found.add(`too wide (${element.className}): ${words(element)}`);
  }
  const frame = document.querySelector('.frame').getBoundingClientRect();
  for (const text of document.querySelectorAll('.timeline text')) {
    const box = text.getBoundingClientRect();
    if (box.left < frame.left - 1 || box.right > frame.right + 1)
      found.add(`out of the picture: ${words(text)}`);
  }
  for (const card of document.querySelectorAll('.heads .object-card, .heads .process-head')) {
    const edge = card.getBoundingClientRect().right + 1;
    for (const inner of card.querySelectorAll('*')) {
      const clipped = getComputedStyle(inner.parentElement).overflow === 'hidden';
      if (!clipped && inner.getBoundingClientRect().right > edge)
        found.add(`leaves its card: ${words(inner)}`);
    }
  }
  return [...found];
})();
