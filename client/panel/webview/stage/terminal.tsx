import type { DemoView, TerminalView } from '../../../../server/protocol';
import { counted } from '../../../words';
import { holders, labelOf } from '../words';
import type { Drawing } from './drawing';
import { End } from './holders';
import { Plate } from './plate';

const linesShown = 4;

/** A small screen with what the master has read, as an emulator would show it. */
function TerminalPicture({ view, object }: { view: DemoView; object: TerminalView }) {
  const lines = screenOf(object.screen).slice(-linesShown);
  return (
    <div class="named">
      <Plate name={object.name} icon="terminal" without="no name yet" />
      <pre class="screen">
        {lines.join('\n')}
        <span class="cursor" />
      </pre>
      <p class="modes">{modeWords(object)}</p>
      <div class="ends">
        <End view={view} name="master" ids={object.masters}>
          {object.forMaster > 0 && <span class="aside">{counted(object.forMaster, 'byte')} to read</span>}
        </End>
        <End view={view} name="slave" ids={object.slaves}>
          {object.forSlave > 0 && <span class="aside">{counted(object.forSlave, 'byte')} to read</span>}
        </End>
      </div>
    </div>
  );
}

const modeWords = (terminal: TerminalView) =>
  `echo ${terminal.echo ? 'on' : 'off'}, input ${terminal.lines ? 'line by line' : 'byte by byte'}`;

/** Carries out what the bytes ask of a screen: new lines, going back, writing over. */
export function screenOf(output: string): string[] {
  const lines: string[][] = [[]];
  let column = 0;
  for (const sign of output) {
    const line = lines.at(-1)!;
    if (sign === '\n') lines.push([]);
    else if (sign === '\r') column = 0;
    else if (sign === '\b') column = Math.max(0, column - 1);
    else {
      while (line.length < column) line.push(' ');
      line[column++] = sign;
    }
  }
  return lines.map((line) => line.join('').trimEnd());
}

export const terminalDrawing: Drawing<TerminalView> = {
  measure: (terminal) => (terminal.controls ? 'controls a session' : 'no session yet'),
  Picture: TerminalPicture,
  sentence(view, terminal, name) {
    const controls = terminal.controls
      ? ` It controls the session of ${labelOf(view, terminal.controls)}.`
      : '';
    const screen = screenOf(terminal.screen).join(' / ');
    return `${name} ${terminal.name ?? ''}: ${modeWords(terminal)}. Master: ${holders(view, terminal.masters)}. Slave: ${holders(view, terminal.slaves)}.${controls} On the screen: ${screen || 'nothing'}.`;
  },
};
