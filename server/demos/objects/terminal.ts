import type { CallEvent, LiveObject, ObjectKind, World } from '../kit';
import { linkOf } from '../procfs';
import type { ObjectSpec } from '../scenario';
import { decodeWord } from '../stage';
import type { KernelTableRow, TerminalView } from '../view';
import { Handle, type Holder, holdersOf, idsOf, lookedThrough } from './handle';
import { counted, wordsToMap } from './text';

/**
 * A pseudo-terminal: `handle` is the variable of its master. What lies in a terminal cannot be looked at without taking it;
 * the screen shows what the master has read.
 */
class TerminalObject implements LiveObject {
  readonly identities = new Set<string>();
  private readonly handle: Handle;
  /** What /proc calls the master. */
  private master?: string;
  private facts = new Map<string, string>();
  private screen = '';

  constructor(readonly spec: ObjectSpec) {
    this.handle = new Handle(spec.handle);
  }

  notice(event: CallEvent): void {
    const { step, process, result, details } = event;
    const made = this.handle.made(event);
    if (made !== undefined) {
      this.master = made;
      this.identities.add(made);
    }
    if (step.call !== 'read' || result <= 0) return;
    const fd = process.variables.get(step.args[0]!) ?? Number(step.args[0]);
    if (linkOf(process.pid, fd) === this.master) this.screen += details.get('data') ?? '';
  }

  async read(world: World): Promise<{ view: TerminalView; row?: KernelTableRow }> {
    const masters = holdersOf(world, ({ target }) => target === this.master);
    const before = this.facts.get('name');
    const master = await this.look(world, masters);
    const name = decodeWord(this.facts.get('name') ?? before ?? '%_');
    if (name) this.identities.add(name);
    const slaves = holdersOf(world, ({ target }) => name !== '' && target === name);
    const slave = await this.ask(world, slaves);
    const number = (facts: Map<string, string> | undefined, word: string) => Number(facts?.get(word) ?? 0);
    const facts = master ?? slave;
    const session = number(facts, 'session');
    const view: TerminalView = {
      kind: 'terminal',
      id: this.spec.id,
      title: this.spec.title,
      exists: masters.length + slaves.length > 0,
      echo: number(facts, 'echo') === 1,
      lines: number(facts, 'lines') === 1,
      screen: this.screen,
      forMaster: number(master, 'unread'),
      forSlave: number(slave, 'unread'),
      masters: idsOf(masters),
      slaves: idsOf(slaves),
    };
    if (name) view.name = name;
    const leader = world.processes.find(({ pid }) => pid === session);
    if (leader) view.controls = leader.id;
    return view.exists ? { view, row: this.row(view) } : { view };
  }

  private async look(world: World, holders: Holder[]): Promise<Map<string, string> | undefined> {
    const facts = await this.ask(world, holders);
    if (facts) this.facts = facts;
    return facts;
  }

  private async ask(world: World, holders: Holder[]): Promise<Map<string, string> | undefined> {
    const holder = lookedThrough(world, holders);
    const words = holder && (await world.stage.peek('terminal', holder.process.id, holder.fd));
    return words && wordsToMap(words);
  }

  private row(view: TerminalView): KernelTableRow {
    const modes = `echo ${view.echo ? 'on' : 'off'}, ${view.lines ? 'line by line' : 'byte by byte'}`;
    return {
      handle: this.spec.title,
      refersTo: view.name ?? 'terminal',
      state: `${modes}; ${counted(view.forSlave, 'byte')} for the program, ${counted(view.forMaster, 'byte')} for the master`,
    };
  }
}

export const terminalObject: ObjectKind = { kind: 'terminal', create: (spec) => new TerminalObject(spec) };
