/** The live demos as the server uses them. */
import { type Located, runBase } from './locate';
import type { IssueRequest, PlaygroundOffer, Refusal } from './playground/view';
import { programsOf } from './program';
import { projectOf } from './project';
import { findCall, findScenario, scenarios } from './registry';
import { type Action, Session, summaryOf } from './session';
import { sweepStale } from './stage';
import type { DemoView, ProjectView, ScenarioSummary } from './view';

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
  /** A scenario as a folder of C sources, with the person's own calls where a session is named. */
  project(scenario: string, session?: string): ProjectView;
  /** Makes the processes; nothing of the script has run. Rejects with a sentence for people. */
  open(scenario: string): Promise<DemoView>;
  act(session: string, action: Action, delay?: number): Promise<DemoView>;
  /** What a person may do by hand in a session. */
  offer(session: string): Promise<PlaygroundOffer>;
  /** A call by hand. */
  issue(session: string, request: IssueRequest): Promise<{ view: DemoView; refused?: Refusal }>;
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
  const find = (id: string): Session => {
    const session = sessions.get(id);
    if (!session) throw new Error('This demo has been closed. Open it again.');
    return session;
  };
  if ('path' in located) void sweepStale(located.path, base);

  return {
    list: () => scenarios.map(summaryOf),

    programs(id) {
      const scenario = findScenario(id);
      const programs = scenario ? new Set(programsOf(scenario, findCall).values()) : [];
      return [...programs].map(({ file, text }) => ({ file, text }));
    },

    project(id, session) {
      const scenario = findScenario(id);
      if (!scenario) throw new Error(`There is no demo named ${id}.`);
      const programs = session
        ? find(session).sources
        : [...new Set(programsOf(scenario, findCall).values())];
      return projectOf(scenario, programs);
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

    act: async (id, action, delay) => find(id).act(action, delay),
    offer: async (id) => find(id).offer(),
    issue: async (id, request) => find(id).issue(request),

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
