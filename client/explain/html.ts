import type { ScenarioSummary } from '../../server/protocol';
import { escapeHtml } from '../words';

interface PageContent {
  title: string;
  /** Rendered Markdown. */
  body: string;
  scenarios: ScenarioSummary[];
  cspSource: string;
  styles: string[];
}

/** Pages link to each other as `ipc-lens:<id>`; in VS Code that is a command. */
export function linkPages(markdown: string): string {
  return markdown.replace(
    /\]\(ipc-lens:([\w-]+)\)/g,
    (_, id: string) => `](${commandUri('ipcLens.explain', id)})`,
  );
}

export function pageHtml({ title, body, scenarios, cspSource, styles }: PageContent): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${cspSource}; font-src ${cspSource};">
<meta name="viewport" content="width=device-width, initial-scale=1">
${styles.map((href) => `<link rel="stylesheet" href="${escapeHtml(href)}">`).join('\n')}
<title>${escapeHtml(title)}</title>
</head>
<body>
<main>
${body}
${demos(scenarios)}
</main>
</body>
</html>`;
}

function demos(scenarios: ScenarioSummary[]): string {
  if (scenarios.length === 0) return '';
  return `<section aria-labelledby="demos"><h2 id="demos">See it happen</h2><ul class="demos">${scenarios
    .map(
      (
        scenario,
      ) => `<li><a class="demo ${scenario.kind}" href="${escapeHtml(commandUri('ipcLens.runDemo', scenario.id))}">
<span class="codicon codicon-${scenario.kind === 'pitfall' ? 'warning' : 'play-circle'}" aria-hidden="true"></span>
<span><strong>${escapeHtml(scenario.title)}</strong> <small>${scenario.kind === 'pitfall' ? 'pitfall' : 'as intended'}</small><br>${escapeHtml(scenario.summary)}</span></a></li>`,
    )
    .join('')}</ul></section>`;
}

function commandUri(command: string, argument: string): string {
  return `command:${command}?${encodeURIComponent(JSON.stringify([argument]))}`;
}
