import {
  type Configuration,
  defaultConfiguration,
  mergeConfiguration,
  readConfiguration,
} from './rules/configuration';
import { unknownRule } from './rules/known-ids';

/** The editor's settings under `ipcLens`, checked. */
export interface Settings {
  configuration: Configuration;
  hover: boolean;
  completion: boolean;
  /** Milliseconds. */
  pollInterval: number;
}

export const defaultSettings: Settings = {
  configuration: defaultConfiguration,
  hover: true,
  completion: true,
  pollInterval: 1000,
};

const leastInterval = 250;

/** Reads settings as the editor sends them. What is wrong keeps its default and is said in `problems`. */
export function readSettings(value: unknown): { settings: Settings; problems: string[] } {
  const section = record(value);
  const { configuration, problems } = readConfiguration({ preset: section.preset, rules: section.rules });
  for (const id of Object.keys(configuration.rules ?? {})) {
    const unknown = unknownRule(id, true);
    if (unknown !== undefined) problems.push(unknown);
  }
  const { pollInterval } = record(section.kernel);
  const fits = typeof pollInterval === 'number' && pollInterval >= leastInterval;
  if (pollInterval !== undefined && !fits) {
    problems.push(`"kernel.pollInterval" must be a number of milliseconds, ${leastInterval} or more.`);
  }
  return {
    settings: {
      configuration: mergeConfiguration(defaultConfiguration, configuration),
      hover: record(section.hover).enabled !== false,
      completion: record(section.completion).enabled !== false,
      pollInterval: fits ? pollInterval : defaultSettings.pollInterval,
    },
    problems: problems.map((problem) => `Setting ipcLens: ${problem}`),
  };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
