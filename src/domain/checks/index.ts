/** Every rule a notice is checked by before release. */
import { nameOfAudience, nameOfLanguage } from '../notice-words.ts';
import { cfr749Content } from './cfr-7-49-content.ts';
import { cfr749Urgent } from './cfr-7-49-urgent.ts';
import type { Check, CheckFacts, Finding } from './check.ts';
import { contactReachable } from './contact-reachable.ts';
import { contradictionCveVersions } from './contradiction-cve-versions.ts';
import { crossReferencesResolve } from './cross-references-resolve.ts';
import { deadlinePresent } from './deadline-present.ts';
import { factsEqualAcrossLanguages } from './facts-equal-across-languages.ts';
import { factsKnown } from './facts-known.ts';
import { fsnLocalRepresentative } from './fsn-0-2-local-representative.ts';
import { fsnClinicalPurpose } from './fsn-1-4-clinical-purpose.ts';
import { fsnSoftwareVersion } from './fsn-1-6-software-version.ts';
import { fsnSerialRange } from './fsn-1-7-serial-range.ts';
import { fsnProbability } from './fsn-2-3-probability.ts';
import { fsnActionDeadline } from './fsn-3-2-action-deadline.ts';
import { fsnResultReview } from './fsn-3-3-result-review.ts';
import { fsnTicks } from './fsn-3-ticks.ts';
import { fsnType } from './fsn-4-1-type.ts';
import { fsnUpdate } from './fsn-4-2-update.ts';
import { fsnFollowUp } from './fsn-4-6-follow-up.ts';
import { fsnFscaReference } from './fsn-fsca-reference.ts';
import { fsnNecessaryFields } from './fsn-necessary-fields.ts';
import { glyphsDrawable } from './glyphs-drawable.ts';
import { ivdr848Actions } from './ivdr-84-8-actions.ts';
import { ivdr848Srn } from './ivdr-84-8-srn.ts';
import { ivdr848Udi } from './ivdr-84-8-udi.ts';
import { languagesComplete } from './languages-complete.ts';
import { languagesReviewed } from './languages-reviewed.ts';
import { linksAlive } from './links-alive.ts';
import { noAdvertising } from './no-advertising.ts';
import { replyMeansPresent } from './reply-means-present.ts';
import { textSyntax } from './text-syntax.ts';

export type { Check, CheckFacts, Finding, Severity } from './check.ts';

export const checks: readonly Check[] = [
  textSyntax,
  languagesComplete,
  languagesReviewed,
  factsKnown,
  factsEqualAcrossLanguages,
  crossReferencesResolve,
  linksAlive,
  fsnNecessaryFields,
  fsnFscaReference,
  fsnLocalRepresentative,
  fsnClinicalPurpose,
  fsnSoftwareVersion,
  fsnSerialRange,
  fsnProbability,
  fsnTicks,
  fsnActionDeadline,
  fsnResultReview,
  fsnType,
  fsnUpdate,
  fsnFollowUp,
  ivdr848Udi,
  ivdr848Srn,
  ivdr848Actions,
  cfr749Urgent,
  cfr749Content,
  deadlinePresent,
  replyMeansPresent,
  contactReachable,
  glyphsDrawable,
  noAdvertising,
  contradictionCveVersions,
];

/** Runs every rule. What blocks the release comes first. */
export function runChecks(facts: CheckFacts): Finding[] {
  return checks
    .flatMap((check) =>
      check.find(facts).map(
        (found): Finding => ({
          rule: check.rule,
          citation: check.citation,
          severity: found.severity ?? check.severity,
          where: found.where,
          params: found.params ?? {},
          text: fill(check.text, found.params ?? {}),
        }),
      ),
    )
    .sort((a, b) => Number(b.severity === 'blocking') - Number(a.severity === 'blocking'));
}

/** Fills what the finding knows, in words; other braces are names of facts and stay. */
function fill(text: string, params: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    if (!Object.hasOwn(params, name)) return whole;
    const value = String(params[name]);
    if (name === 'audience') return nameOfAudience(value);
    if (name === 'language' || name === 'languages') return value.split(', ').map(nameOfLanguage).join(', ');
    return value;
  });
}
