import { type Preset, presets, type RuleMeta, type Severity } from './rule';

/** Which rules run and how their findings weigh: from the editor's settings or a project's `.ipc-lens.json`. */
export interface Configuration {
  preset: Preset;
  /** By rule id, or by `facility/*` for all of a group. */
  rules: Record<string, Severity | 'off'>;
}

export const defaultConfiguration: Configuration = { preset: 'recommended', rules: {} };

const severities = new Set<string>(['error', 'warning', 'information', 'hint', 'off']);

/** The severity a rule's findings get, or undefined when the rule is off. */
export function severityOf(meta: RuleMeta, configuration: Configuration): Severity | undefined {
  const group = `${meta.id.slice(0, meta.id.indexOf('/'))}/*`;
  const chosen = configuration.rules[meta.id] ?? configuration.rules[group];
  if (chosen !== undefined) {
    return chosen === 'off' ? undefined : chosen;
  }
  return presets.indexOf(meta.preset) <= presets.indexOf(configuration.preset) ? meta.severity : undefined;
}

/**
 * Reads a configuration from untrusted JSON. What is not understood is left out and said in `problems`, one sentence
 * each; the rest counts.
 */
export function readConfiguration(value: unknown): {
  configuration: Partial<Configuration>;
  problems: string[];
} {
  const configuration: Partial<Configuration> = {};
  const problems: string[] = [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { configuration, problems: ['The configuration must be a JSON object.'] };
  }
  const { preset, rules } = value as { preset?: unknown; rules?: unknown };
  if (preset !== undefined) {
    if (typeof preset === 'string' && (presets as readonly string[]).includes(preset)) {
      configuration.preset = preset as Preset;
    } else {
      problems.push(`"preset" must be one of ${presets.join(', ')}.`);
    }
  }
  if (rules !== undefined) {
    if (typeof rules === 'object' && rules !== null && !Array.isArray(rules)) {
      configuration.rules = readRules(rules, problems);
    } else {
      problems.push('"rules" must be an object from rule ids to severities.');
    }
  }
  return { configuration, problems };
}

function readRules(rules: object, problems: string[]): Configuration['rules'] {
  const read: Configuration['rules'] = {};
  for (const [id, severity] of Object.entries(rules)) {
    if (typeof severity === 'string' && severities.has(severity)) {
      read[id] = severity as Severity | 'off';
    } else {
      problems.push(`The severity of "${id}" must be one of ${[...severities].join(', ')}.`);
    }
  }
  return read;
}

/** `over` wins over `base`, rule by rule. */
export function mergeConfiguration(base: Configuration, over: Partial<Configuration>): Configuration {
  return { preset: over.preset ?? base.preset, rules: { ...base.rules, ...over.rules } };
}
