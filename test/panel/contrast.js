/**
 * Runs in the page: texts whose contrast against what lies behind them is below `least`, as `ratio text`. Plain JavaScript, since
 * it is sent there as it is.
 */
(least) => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, bottom) => [0, 1, 2].map((i) => top[i] * top[3] + bottom[i] * (1 - top[3])).concat(1);
  const light = (color) => {
    const [r, g, b] = color.slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ancestors = (element) => (element ? [...ancestors(element.parentElement), element] : []);
  const behind = (element) =>
    ancestors(element).reduce(
      (ground, one) => over(rgba(getComputedStyle(one).backgroundColor), ground),
      [255, 255, 255, 1],
    );
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.data.trim();
    // What may not be pressed, what does not exist and what only screen readers get need no contrast.
    if (!text || element.closest('script, title, .spoken, [aria-disabled=true], .absent')) continue;
    const style = getComputedStyle(element);
    const ground = behind(element);
    const color = rgba(element.closest('svg') ? style.fill : style.color);
    const opacity = ancestors(element).reduce(
      (product, one) => product * Number(getComputedStyle(one).opacity),
      1,
    );
    const [a, b] = [light(over([...color.slice(0, 3), color[3] * opacity], ground)), light(ground)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < least)
      found.push(
        `${ratio.toFixed(2)} ${element.className.baseVal ?? element.className}: ${text.slice(0, 30)}`,
      );
  }
  return [...new Set(found)];
};
