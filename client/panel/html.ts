import { randomBytes } from 'node:crypto';
import { escapeHtml } from '../words';

export interface PanelResources {
  cspSource: string;
  styles: string[];
  script: string;
  title: string;
}

/** The panel's document: one script with a nonce, styles and the icon font from the extension, nothing else. */
export function panelHtml({ cspSource, styles, script, title }: PanelResources): string {
  const nonce = randomBytes(18).toString('base64');
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${cspSource}; font-src ${cspSource};`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
${styles.map((href) => `<link rel="stylesheet" href="${escapeHtml(href)}">`).join('\n')}
<title>${escapeHtml(title)}</title>
</head>
<body class="demo-panel">
<div id="root"></div>
<script nonce="${nonce}" src="${escapeHtml(script)}"></script>
</body>
</html>`;
}
