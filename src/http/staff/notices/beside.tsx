import type { VNode } from 'preact';
import {
  type Audience,
  audiences,
  factsOf,
  type NoticeDocument,
  noticeDocumentSchema,
  readText,
  textSource,
} from '../../../domain/notice.ts';
import { alignFacts } from '../../../domain/notice-diff.ts';
import type { NoticeFacts } from '../../../domain/notice-facts.ts';
import { toChipsHtml } from '../../../domain/notice-html.ts';
import { renderNotice } from '../../../domain/notice-render.ts';
import { type SectionUse, sectionUses } from '../../../domain/notice-variants.ts';
import type { C } from '../../context.ts';
import { languageName } from '../../translate.ts';
import { Form, Select, SubmitButton } from '../../ui/field.tsx';
import { freshForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, EmptyState, Identifier } from '../../ui/parts.tsx';
import { audienceWords } from '../actions/parties.tsx';
import { shellOf } from '../shell.ts';
import { factsOfNotice, isFixed, noticeCrumbs, withNotice } from './find.ts';

/** GET /notices/:id/beside?variant=&left=&right= : two languages side by side, section by section, facts aligned. */
export async function showBeside(c: C): Promise<Response> {
  return withNotice(c, async (notice, action) => {
    const document = noticeDocumentSchema.parse(notice.document);
    const codes = Object.keys(document.texts);
    const variants = audiences.filter((audience) => document.variants[audience]);
    const variant = variants.find((audience) => audience === c.req.query('variant')) ?? variants[0];
    const left = codes.find((code) => code === c.req.query('left')) ?? document.sourceLanguage;
    const right =
      codes.find((code) => code === c.req.query('right')) ??
      codes.find((code) => code !== left) ??
      document.sourceLanguage;
    const facts = await factsOfNotice(c, notice);
    return html(
      c,
      <DeskPage
        shell={await shellOf(c)}
        styles={['notice.css', 'notice-desk.css']}
        title={`${languageName(left, 'en')} and ${languageName(right, 'en')}`}
        lede="Section by section. Facts are marked; below each section stand those it uses, as both languages write them."
        crumbs={noticeCrumbs(action)}
      >
        <Form
          action={`/notices/${notice.id}/beside`}
          method="get"
          class="ff-notice-choice ff-no-print"
          label="Languages"
        >
          <Select
            form={freshForm({ variant: variant ?? '' })}
            name="variant"
            label="Audience"
            options={variants.map((value) => ({ value, label: audienceWords[value] ?? value }))}
          />
          <Select
            form={freshForm({ left })}
            name="left"
            label="Left"
            options={codes.map((value) => ({ value, label: languageName(value, 'en') }))}
          />
          <Select
            form={freshForm({ right })}
            name="right"
            label="Right"
            options={codes.map((value) => ({ value, label: languageName(value, 'en') }))}
          />
          <SubmitButton tone="secondary">Show</SubmitButton>
        </Form>
        {!variant || codes.length < 2 ? (
          <EmptyState title="One language so far">
            Write the notice in another language, then compare the two.
          </EmptyState>
        ) : (
          sectionUses(document, variant).map((use) => (
            <SectionPair
              key={use.section}
              document={document}
              variant={variant}
              use={use}
              languages={[left, right]}
              facts={facts}
              edit={isFixed(notice) ? undefined : `/notices/${notice.id}/edit?language=${right}#text-${use.text}`}
            />
          ))
        )}
      </DeskPage>,
    );
  });
}

type PairProps = {
  document: NoticeDocument;
  variant: Audience;
  use: SectionUse;
  languages: readonly [string, string];
  facts: NoticeFacts;
  edit: string | undefined;
};

function SectionPair({ document, variant, use, languages, facts, edit }: PairProps): VNode {
  const names = languages.map((language) => {
    const source = textSource(document, variant, language, use.section);
    return source === undefined ? [] : factsOf(readText(source));
  });
  const [left = [], right = []] = names;
  const equal = left.join(' ') === right.join(' ');
  const aligned = alignFacts(facts, [...left, ...right], languages, document.dates);
  return (
    <Card
      title={`${use.number ? `${use.number} ` : ''}${use.title}`}
      action={edit ? <a href={edit}>Edit</a> : undefined}
    >
      <div class="ff-diff-sides">
        {languages.map((language) => (
          <Side
            key={language}
            document={document}
            variant={variant}
            section={use.section}
            language={language}
            facts={facts}
          />
        ))}
      </div>
      {aligned.length > 0 ? (
        <details class="ff-more" open={!equal}>
          <summary>
            {equal
              ? `The same ${aligned.length === 1 ? 'fact' : `${aligned.length} facts`} in both`
              : 'The facts differ'}
          </summary>
          <table class="ff-fact-table">
            <thead>
              <tr>
                <th scope="col">Fact</th>
                {languages.map((language) => (
                  <th key={language} scope="col">
                    {languageName(language, 'en')}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {aligned.map((fact) => (
                <tr key={fact.name}>
                  <th scope="row">
                    <Identifier>{`{${fact.name}}`}</Identifier>
                  </th>
                  <FactCell used={count(left, fact.name)} other={count(right, fact.name)} value={fact.left} />
                  <FactCell used={count(right, fact.name)} other={count(left, fact.name)} value={fact.right} />
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      ) : null}
    </Card>
  );
}

function count(names: readonly string[], name: string): number {
  return names.filter((one) => one === name).length;
}

function FactCell({ used, other, value }: { used: number; other: number; value: string }): VNode {
  return (
    <td>
      <bdi>{value || 'each reader’s own'}</bdi>
      {used === other ? null : (
        <span class="ff-word-attention"> {used === 0 ? 'missing here' : `${used} times, not ${other}`}</span>
      )}
    </td>
  );
}

type SideProps = { document: NoticeDocument; variant: Audience; section: string; language: string; facts: NoticeFacts };

function Side({ document, variant, section, language, facts }: SideProps): VNode {
  const own = document.variants[variant];
  const overrides = own?.overrides ?? {};
  const printed = renderNotice(
    { ...document, variants: { [variant]: { sections: [section], overrides } } },
    variant,
    language,
    facts,
  );
  if (printed.sections.length === 0) return <p class="ff-muted">No text in {languageName(language, 'en')}.</p>;
  return <div dangerouslySetInnerHTML={{ __html: toChipsHtml(printed) }} />;
}
