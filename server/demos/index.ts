/** The live demos as the server uses them. */
import { type Located, runBase } from './locate';
import { programsOf } from './program';
import { findCall, findScenario, scenarios } from './registry';
import { type Action, Session, summaryOf } from './session';
import { sweepStale } from './stage';
import type { DemoView, ScenarioSummary } from './view';

export { locateActor } from './locate';

export interface DemosOptions {
  /** The path of ipc_lens_actor, or what locateActor() found. */
  actorPath: string | Located;
  onChanged(view: DemoView): void;
  /** Where runs make their private directories. */
  base?: string;
}

export interface Demos {
  list(): ScenarioSummary[];
  /** The C programs of a scenario, to open as files. Empty for a scenario that does not exist. */
  programs(scenario: string): { file: string; text: string }[];
  /** Makes the processes; nothing of the script has run. Rejects with a sentence for people. */
  open(scenario: string): Promise<DemoView>;
  act(session: string, action: Action, delay?: number): Promise<DemoView>;
  /** Ends a session and everything it made. */
  close(session: string): Promise<void>;
  closeAll(): Promise<void>;
  /** Why no demo can be opened; absent when all is well. */
  readonly problem?: string;
}

export function createDemos(options: DemosOptions): Demos {
  const located = typeof options.actorPath === 'string' ? { path: options.actorPath } : options.actorPath;
  const sessions = new Map<string, Session>();
  const problem = 'problem' in located ? located.problem : undefined;
  const base = options.base ?? runBase();
  let last = 0;
  if ('path' in located) void sweepStale(located.path, base);

  return {
    list: () => scenarios.map(summaryOf),

    programs(id) {
      const scenario = findScenario(id);
      const programs = scenario ? new Set(programsOf(scenario, findCall).values()) : [];
      return [...programs].map(({ file, text }) => ({ file, text }));
    },

    async open(id) {
      if ('problem' in located) throw new Error(located.problem);
      const scenario = findScenario(id);
      if (!scenario) throw new Error(`There is no demo named ${id}.`);
      const name = `demo-${++last}`;
      const session = new Session(scenario, {
        id: name,
        actorPath: located.path,
        base,
        onChanged: options.onChanged,
      });
      sessions.set(name, session);
      try {
        return await session.open();
      } catch (error) {
        sessions.delete(name);
        await session.close();
        throw error;
      }
    },

    async act(id, action, delay) {
      const session = sessions.get(id);
      if (!session) throw new Error('This demo has been closed. Open it again.');
      return session.act(action, delay);
    },

    async close(id) {
      const session = sessions.get(id);
      sessions.delete(id);
      await session?.close();
    },

    async closeAll() {
      const all = [...sessions.values()];
      sessions.clear();
      await Promise.all(all.map((session) => session.close()));
    },

    ...(problem ? { problem } : {}),
  };
}
