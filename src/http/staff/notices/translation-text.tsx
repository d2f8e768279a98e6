/** One text of a translator's file: source, what stands there now, what the file has, and the findings. */
import { type Change, diffWordsWithSpace } from 'diff';
import type { VNode } from 'preact';
import type { TranslationFinding } from '../../../domain/translation-findings.ts';
import type { TextReport } from '../../../domain/translation-report.ts';
import { direction, languageName } from '../../translate.ts';
import { Checkbox } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import { Card, Identifier } from '../../ui/parts.tsx';
import { Badge } from '../../ui/state.tsx';

/** A difference nobody would wait for is not drawn: a page may hold thirty of them. */
const DIFF_MS = 50;
const DIFF_CHARACTERS = 20_000;

export type TextReportCardProps = {
  text: TextReport;
  /** What the text is, in words. */
  title: string;
  /** The text in the source language. */
  source: string;
  languages: { source: string; target: string };
  /** Whether it may be ticked to be taken. */
  choose: boolean;
  form: FormState;
};

/** The card of one text. */
export function TextReportCard({ text, title, source, languages, choose, form }: TextReportCardProps): VNode {
  const { before, after, findings } = text;
  const target = languageName(languages.target, 'en');
  return (
    <Card title={title} id={`text-${text.name}`} action={<Verdict text={text} />}>
      {choose ? (
        // Ticked at first; after a refusal as it was left.
        <Checkbox
          form={form}
          name={`take.${text.name}`}
          label={
            <>
              Take <Identifier>{text.name}</Identifier>
            </>
          }
          checked
        />
      ) : null}
      {findings.length > 0 ? (
        <ul class="ff-translation-findings">
          {together(findings).map(({ finding, segments }) => (
            <li key={finding.what}>
              <Badge tone={finding.severity === 'refused' ? 'red' : finding.severity === 'look' ? 'amber' : 'grey'}>
                {finding.severity}
              </Badge>{' '}
              {segments.length === 0 ? null : `${segments.length === 1 ? 'Part' : 'Parts'} ${rangesOf(segments)}: `}
              <bdi>{finding.what}</bdi> {finding.mend}
            </li>
          ))}
        </ul>
      ) : null}
      <div class="ff-translation">
        <Side title={languageName(languages.source, 'en')} language={languages.source}>
          {source}
        </Side>
        {before === '' ? null : (
          <Side title={`${target} now`} language={languages.target}>
            {before}
          </Side>
        )}
        <Side title={`${target} in the file`} language={languages.target}>
          {before === '' || after === ''
            ? after || 'Cannot be put together; see the findings.'
            : changes(before, after, languages.target)}
        </Side>
      </div>
    </Card>
  );
}

/** What is found in many parts is said once. */
function together(findings: readonly TranslationFinding[]): { finding: TranslationFinding; segments: number[] }[] {
  const groups = new Map<string, { finding: TranslationFinding; segments: number[] }>();
  for (const finding of findings) {
    const group = groups.get(finding.what) ?? { finding, segments: [] };
    if (finding.segment !== undefined && !group.segments.includes(finding.segment))
      group.segments.push(finding.segment);
    groups.set(finding.what, group);
  }
  return [...groups.values()];
}

/** `1–4, 7` for 1, 2, 3, 4, 7. */
function rangesOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}

function Verdict({ text }: { text: TextReport }): VNode {
  if (text.verdict === 'refused')
    return (
      <Badge tone="red" icon="circle-x">
        Refused
      </Badge>
    );
  if (text.findings.some((finding) => finding.severity === 'look'))
    return (
      <Badge tone="amber" icon="eye">
        Needs a look
      </Badge>
    );
  return <Badge tone="blue">{text.before === '' ? 'New' : 'Changed'}</Badge>;
}

function Side({
  title,
  language,
  children,
}: {
  title: string;
  language: string;
  children: VNode | VNode[] | string;
}): VNode {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <div class="ff-translation-text" lang={language} dir={direction(language)}>
        {children}
      </div>
    </section>
  );
}

/** The new words with what is gone struck out and what is new underlined; plain when the two have little in common. */
function changes(before: string, after: string, language: string): VNode[] | string {
  if (before.length + after.length > DIFF_CHARACTERS) return after;
  // Japanese, Chinese and Thai put no blanks between words.
  const intlSegmenter = new Intl.Segmenter(language, { granularity: 'word' });
  const parts: Change[] | undefined = diffWordsWithSpace(before, after, { intlSegmenter, timeout: DIFF_MS });
  if (!parts) return after;
  return parts.map((part, index) => {
    const key = `${index}`;
    if (part.added) return <ins key={key}>{part.value}</ins>;
    if (part.removed) return <del key={key}>{part.value}</del>;
    return <span key={key}>{part.value}</span>;
  });
}
