import type { VNode } from 'preact';
import { type DateStyle, factRegistry, groupOf, type NoticeFacts, printFact } from '../../../domain/notice-facts.ts';
import { directionOf } from '../../../domain/notice-render.ts';
import { titleOf } from '../../../domain/notice-variants.ts';
import { Card, Identifier, More } from '../../ui/parts.tsx';

type Props = { facts: NoticeFacts; language: string; dates: DateStyle; sections: readonly string[] };

const groupWords: Record<string, string> = {
  action: 'Action',
  notice: 'Notice',
  manufacturer: 'Manufacturer',
  representative: 'Authorised representative',
  deadline: 'Deadlines',
  contact: 'Contact',
  incident: 'Suspected break-in',
  'adverse-event': 'Adverse events',
  product: 'Products, a row for each in a table',
  cve: 'Vulnerabilities, a row for each in a table',
  package: 'Packages, a row for each in a table',
  signer: 'Signers, a row for each in a table',
  recipient: 'The recipient',
  portal: 'The recipient’s page',
};

/**
 * Every fact with its name and what it says now, to be copied or, with JavaScript, put into the text by a press or the
 * keyboard; below it the sections that can be referred to, and how text is written.
 */
export function FactsPanel({ facts, language, dates, sections }: Props): VNode {
  const groups = Map.groupBy(Object.entries(factRegistry), ([name]) => name.slice(0, name.indexOf('.')));
  return (
    <aside class="ff-editor-facts" aria-label="Facts and how to write" data-facts>
      <Card title="Facts">
        <p class="ff-hint">Never typed, always filled in: write the name in braces where the fact belongs.</p>
        {[...groups].map(([group, entries]) => (
          <More key={group} summary={groupWords[group] ?? group} open={group === 'action' || group === 'product'}>
            <ul class="ff-fact-list">
              {entries.map(([name, fact]) => {
                const value = printFact(facts, name, language, { dates })?.text;
                return (
                  <li key={name} data-insert={`{${name}}`}>
                    <Identifier>{`{${name}}`}</Identifier>
                    {value === undefined ? (
                      <span class="ff-fact-value">
                        {fact.scope === 'recipient' ? 'each reader’s own' : 'no value yet'}
                      </span>
                    ) : (
                      <span class="ff-fact-value">
                        <bdi lang={language} dir={directionOf(language)}>
                          {value}
                        </bdi>
                      </span>
                    )}
                    <span class="ff-hint">{fact.about}</span>
                  </li>
                );
              })}
            </ul>
            {groupOf(`${group}.x`) ? (
              <p class="ff-hint">
                In a table, write one row: <Identifier>{tableOf(entries)}</Identifier>
              </p>
            ) : null}
          </More>
        ))}
      </Card>
      <Card title="References">
        <p class="ff-hint">The heading of another section, whatever it says.</p>
        <ul class="ff-fact-list">
          {sections.map((name) => (
            <li key={name} data-insert={`{@${name}}`}>
              <Identifier>{`{@${name}}`}</Identifier>
              <span class="ff-hint">{titleOf(name)}</span>
            </li>
          ))}
        </ul>
      </Card>
      <Card title="How to write">
        <dl class="ff-writing">
          <dt># Heading</dt>
          <dd>the first line of a section; ## and ### below it</dd>
          <dt>**strong**, *emphasis*</dt>
          <dd>strong words, emphasised words</dd>
          <dt>- item, 1. step</dt>
          <dd>lists; two blanks in front go one level down</dd>
          <dt>[words](https://…)</dt>
          <dd>a link; a fact in braces may be its address</dd>
          <dt>| Product | UDI-DI |</dt>
          <dd>a table; below the head a line |---|---|</dd>
          <dt>&gt; note, !&gt; warning</dt>
          <dd>boxes</dd>
          <dt>(x), ( )</dt>
          <dd>a ticked and an open box</dd>
          <dt>\*</dt>
          <dd>a backslash makes a sign plain; at the end of a line it breaks the line</dd>
        </dl>
      </Card>
    </aside>
  );
}

/** One row of a table that prints a group. */
function tableOf(entries: readonly [string, unknown][]): string {
  return `| ${entries
    .slice(0, 3)
    .map(([name]) => `{${name}}`)
    .join(' | ')} |`;
}
