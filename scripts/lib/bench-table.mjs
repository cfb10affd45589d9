/** The figures of the benchmarks beside their goals, for a terminal and for a page. */

const digits = (value) => (value >= 100 ? 0 : value >= 10 ? 1 : 2);

function shownValue({ value, unit }) {
  return value === undefined ? '-' : `${value.toFixed(digits(value))} ${unit}`.trim();
}

const words = { least: 'at least', most: 'at most', below: 'below' };

function shownGoal({ goal, unit }) {
  return goal ? `${words[goal.at]} ${goal.value} ${unit}`.trim() : '';
}

/** Whether a figure reaches its goal; undefined for one without a goal or without a value. */
export function isMet({ value, goal }) {
  if (!goal || value === undefined) return undefined;
  if (goal.at === 'least') return value >= goal.value;
  return goal.at === 'below' ? value < goal.value : value <= goal.value;
}

function verdictOf(figure) {
  const met = isMet(figure);
  if (met === undefined) return figure.goal ? 'not measured' : '';
  return met ? 'met' : 'NOT MET';
}

const header = ['figure', 'measured', 'goal', '', 'how'];

const rowsOf = (figures) =>
  figures.map((figure) => [
    figure.name,
    shownValue(figure),
    shownGoal(figure),
    verdictOf(figure),
    figure.note ?? '',
  ]);

function summary(results) {
  const verdicts = Object.values(results).flatMap(({ figures }) => figures.map(verdictOf));
  const count = (verdict) => verdicts.filter((one) => one === verdict).length;
  return `Goals: ${count('met')} met, ${count('NOT MET')} not met, ${count('not measured')} not measured.`;
}

function textTable(rows) {
  const widths = header.map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows
    .map((row) =>
      row.map((cell, i) => (i === 1 ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join('  '),
    )
    .map((line) => line.trimEnd())
    .join('\n');
}

const titleOf = (name, parts) => `${name}: ${parts[name] ?? ''}`;

export function asText(results, parts) {
  const sections = Object.entries(results).map(
    ([name, { figures, machine }]) =>
      `${titleOf(name, parts)}\n(${machine})\n${textTable([header, ...rowsOf(figures)])}`,
  );
  return [...sections, summary(results)].join('\n\n');
}

export function asMarkdown(results, parts) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const sections = Object.entries(results).map(([name, { at, machine, figures }]) =>
    [
      `### ${titleOf(name, parts)}`,
      '',
      line(header),
      '| --- | ---: | --- | --- | --- |',
      ...rowsOf(figures).map(line),
      '',
      `Measured on ${at.slice(0, 10)}: ${machine}.`,
    ].join('\n'),
  );
  return [...sections, summary(results)].join('\n\n');
}
