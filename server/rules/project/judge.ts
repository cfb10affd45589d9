import { type Configuration, severityOf } from '../configuration';
import { projectRules } from '../registry';
import type { Severity } from '../rule';
import type { PlaceInFile } from './facts';
import type { Neighbourhood, ProjectReport } from './project-rule';

/** What was found wrong between programs: plain data. */
export interface ProjectFinding {
  rule: string;
  severity: Severity;
  message: string;
  place: PlaceInFile;
  related: { place: PlaceInFile; message: string }[];
}

/** Asks every rule that looks at programs together. Whether a rule is on is said by the configuration of the file it reports in. */
export function judge(
  neighbourhood: Neighbourhood,
  configurationOf: (file: string) => Configuration,
): ProjectFinding[] {
  const found = new Map<string, ProjectFinding>();
  for (const { meta, checkProject } of projectRules) {
    checkProject(neighbourhood, ({ use, message, related = [], severity: own }: ProjectReport) => {
      const severity = severityOf(meta, configurationOf(use.file));
      const key = `${meta.id} ${use.file} ${use.start}`;
      if (!severity || found.has(key)) return;
      found.set(key, {
        rule: meta.id,
        // A rule may lower or raise one finding, unless the user chose a severity for the rule.
        severity: own !== undefined && severity === meta.severity ? own : severity,
        message,
        place: placeOf(use),
        related: related.map((other) => ({ place: placeOf(other.use), message: other.message })),
      });
    });
  }
  return [...found.values()];
}

function placeOf({
  file,
  start,
  end,
  line,
  character,
  endLine,
  endCharacter,
  within,
  site,
}: PlaceInFile): PlaceInFile {
  return { file, start, end, line, character, endLine, endCharacter, within, site };
}
