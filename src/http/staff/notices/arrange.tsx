import type { VNode } from 'preact';
import { arrangeNotice, arrangeNoticeInput } from '../../../app/notice-arrange.ts';
import { type Audience, audiences, type NoticeDocument, noticeDocumentSchema } from '../../../domain/notice.ts';
import { sections } from '../../../domain/notice-sections.ts';
import { type SectionUse, sectionUses, titleOf } from '../../../domain/notice-variants.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { Form, HiddenInput, LinkButton, Select, SubmitButton } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { Icon } from '../../ui/icons.tsx';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Columns, Identifier, More, Tabs } from '../../ui/parts.tsx';
import { DataTable } from '../../ui/table.tsx';
import { audienceWords } from '../actions/parties.tsx';
import { shellOf } from '../shell.ts';
import { isFixed, type NoticeRow, noticeCrumbs, withNotice } from './find.ts';

/** GET /notices/:id/arrange?variant= : what each variant is made of, where it says something of its own, and in what order. */
export async function showArrange(c: C): Promise<Response> {
  return withNotice(c, async (notice, action) => {
    const document = noticeDocumentSchema.parse(notice.document);
    const variants = audiences.filter((audience) => document.variants[audience]);
    const variant = variants.find((audience) => audience === c.req.query('variant')) ?? variants[0];
    const locked = isFixed(notice);
    const others = audiences.filter((audience) => !document.variants[audience]);
    return html(
      c,
      <DeskPage
        shell={await shellOf(c)}
        styles={['notice-desk.css']}
        title="Variants and sections"
        lede="Variants share their texts: what is written once is said to every audience, unless a variant has its own."
        crumbs={noticeCrumbs(action)}
        actions={<LinkButton href={`/notices/${notice.id}/edit`}>Edit the text</LinkButton>}
        tabs={
          <Tabs
            label="Variants"
            tabs={variants.map((audience) => ({
              href: `/notices/${notice.id}/arrange?variant=${audience}`,
              label: audienceWords[audience] ?? audience,
              count: document.variants[audience]?.sections.length ?? 0,
              current: audience === variant,
            }))}
          />
        }
      >
        {locked ? (
          <Alert tone="note" title="A released version stays as it is. Write an update notice instead." />
        ) : null}
        {notice.state === 'approved' || notice.state === 'in-review' ? (
          <Alert tone="attention" title="A change makes every approval given on this version void." />
        ) : null}
        <Columns weight="main-side">
          <div>
            {variant ? <VariantCard notice={notice} document={document} audience={variant} locked={locked} /> : null}
          </div>
          <div>
            <SettingsCard notice={notice} document={document} locked={locked} />
            {locked || others.length === 0 ? null : (
              <Card title="Add a variant">
                <Change notice={notice} what="add-variant" label="Add a variant">
                  <Select
                    name="audience"
                    label="Audience"
                    options={others.map((value) => ({ value, label: audienceWords[value] ?? value }))}
                  />
                  <Select
                    name="like"
                    label="Begins as a copy of"
                    options={variants.map((value) => ({ value, label: audienceWords[value] ?? value }))}
                    value={variant}
                  />
                  <SubmitButton tone="secondary">Add it</SubmitButton>
                </Change>
              </Card>
            )}
          </div>
        </Columns>
      </DeskPage>,
    );
  });
}

type CardProps = { notice: NoticeRow; document: NoticeDocument; locked: boolean };

function VariantCard({ notice, document, audience, locked }: CardProps & { audience: Audience }): VNode {
  const uses = sectionUses(document, audience);
  const body = uses.filter((use) => !use.head);
  const free = sections.filter(
    (section) => section.layout === document.layout && !body.some((use) => use.section === section.key),
  );
  return (
    <Card title={audienceWords[audience] ?? audience} flush>
      <DataTable
        caption={`Sections of: ${audienceWords[audience] ?? audience}`}
        columns={[
          {
            key: 'section',
            title: 'Section',
            cell: (use) => (
              <>
                {use.number ? `${use.number} ` : ''}
                {use.title}
              </>
            ),
            rowHeader: true,
          },
          { key: 'text', title: 'Says', cell: (use) => <TextUse use={use} noticeId={notice.id} /> },
          ...(locked
            ? []
            : [
                {
                  key: 'change',
                  title: 'Change',
                  cell: (use: SectionUse) => (
                    <SectionButtons
                      notice={notice}
                      audience={audience}
                      use={use}
                      first={use.section === body[0]?.section}
                      last={use.section === body.at(-1)?.section}
                    />
                  ),
                },
              ]),
        ]}
        rows={uses}
        rowKey={(use) => use.section}
        empty={{ title: 'No sections', text: 'Add one below.' }}
      />
      {locked ? null : (
        <div class="ff-card-foot">
          <Change notice={notice} what="add-section" audience={audience} label="Add a section" inline>
            <Select
              name="section"
              label="Add a section"
              options={free.map((section) => ({
                value: section.key,
                label: `${section.number ? `${section.number} ` : ''}${section.title}`,
              }))}
            />
            <SubmitButton tone="secondary">Add it</SubmitButton>
          </Change>
          <More summary="Remove this variant">
            <p>Its audience then gets no notice of its own, and its own texts are removed. The common texts stay.</p>
            <Change notice={notice} what="remove-variant" audience={audience} label="Remove this variant">
              <SubmitButton tone="danger">Remove the variant</SubmitButton>
            </Change>
          </More>
        </div>
      )}
    </Card>
  );
}

/** Where a section takes its words from: the common text, and who shares it, or the variant's own. */
function TextUse({ use, noticeId }: { use: SectionUse; noticeId: number }): VNode {
  const shared = use.sharedWith.map((audience) => audienceWords[audience] ?? audience).join(', ');
  return (
    <div>
      <a href={`/notices/${noticeId}/edit#text-${use.text}`}>{use.own ? 'its own text' : 'the common text'}</a>
      {use.own ? (
        <span class="ff-hint">
          {' '}
          <Identifier>{use.text}</Identifier>
          {shared === '' ? '' : `, also of ${shared}`}
        </span>
      ) : (
        <span class="ff-hint"> {shared === '' ? 'of this variant alone' : `with ${shared}`}</span>
      )}
    </div>
  );
}

type ButtonsProps = { notice: NoticeRow; audience: Audience; use: SectionUse; first: boolean; last: boolean };

function SectionButtons({ notice, audience, use, first, last }: ButtonsProps): VNode {
  const of = use.title;
  const button = (what: string, label: string | VNode, spoken: string): VNode => (
    <Change notice={notice} what={what} audience={audience} section={use.section} label={`${spoken}: ${of}`} inline>
      <button type="submit" class="btn btn-sm ff-btn-quiet" aria-label={`${spoken}: ${of}`}>
        {label}
      </button>
    </Change>
  );
  return (
    <div class="ff-section-buttons">
      {use.own
        ? button('attach', 'Use the common text', 'Use the common text')
        : button('detach', 'Own text', 'Give it an own text')}
      {use.head || first ? null : button('move-up', <Icon name="arrow-up" />, 'Move up')}
      {use.head || last ? null : button('move-down', <Icon name="arrow-down" />, 'Move down')}
      {use.head ? null : button('remove-section', 'Remove', 'Remove from this variant')}
    </div>
  );
}

function SettingsCard({ notice, document, locked }: CardProps): VNode {
  if (locked) {
    return (
      <Card title="Layout and dates">
        <p>
          {document.layout === 'ec' ? 'The Commission’s field safety notice' : 'A letter'}; dates{' '}
          {document.dates === 'house' ? 'as 04MAY2022' : 'as each language writes them'}.
        </p>
      </Card>
    );
  }
  return (
    <Card title="Layout and dates">
      <Change notice={notice} what="layout" label="Layout">
        <Select
          name="layout"
          label="Layout"
          hint="The other layout has its own sections; the texts written in this one are kept."
          value={document.layout}
          options={[
            { value: 'letter', label: 'Letter' },
            { value: 'ec', label: 'European Commission’s field safety notice' },
          ]}
        />
        <SubmitButton tone="secondary">Use this layout</SubmitButton>
      </Change>
      <Change notice={notice} what="dates" label="Dates">
        <Select
          name="dates"
          label="Dates"
          value={document.dates}
          options={[
            { value: 'language', label: 'As each language writes them: 4 May 2022, 4. Mai 2022' },
            { value: 'house', label: 'House style in all of them: 04MAY2022' },
          ]}
        />
        <SubmitButton tone="secondary">Write dates so</SubmitButton>
      </Change>
    </Card>
  );
}

type ChangeProps = {
  notice: NoticeRow;
  what: string;
  audience?: Audience;
  section?: string;
  label: string;
  inline?: boolean;
  children: VNode | VNode[];
};

/** A form that makes one change. */
function Change({ notice, what, audience, section, label, inline, children }: ChangeProps): VNode {
  return (
    <Form action={`/notices/${notice.id}/arrange`} label={label} {...(inline ? { class: 'ff-inline-form' } : {})}>
      <HiddenInput name="basedOn" value={notice.content_hash} />
      <HiddenInput name="do" value={what} />
      {audience ? <HiddenInput name="audience" value={audience} /> : null}
      {section ? <HiddenInput name="section" value={section} /> : null}
      {children}
    </Form>
  );
}

/** POST /notices/:id/arrange */
export async function postArrange(c: C): Promise<Response> {
  return withNotice(c, async (notice) => {
    const body = await readForm(c);
    const given = Object.fromEntries(
      ['do', 'audience', 'section', 'like', 'layout', 'dates'].flatMap((name) => {
        const value = fieldText(body, name);
        return value === '' ? [] : [[name, value]];
      }),
    );
    const variant = given.audience && given.do !== 'remove-variant' ? `?variant=${given.audience}` : '';
    const back = `/notices/${notice.id}/arrange${variant}`;
    const input = arrangeNoticeInput.safeParse({ change: given, basedOn: fieldText(body, 'basedOn') });
    if (!input.success) {
      setFlash(c, { tone: 'attention', text: 'Choose what to change from the lists on the page.' });
      return seeOther(c, back);
    }
    const result = await arrangeNotice(c.get('ctx'), notice.id, input.data);
    if (isRefusal(result)) {
      setFlash(c, { tone: 'attention', text: refusalError(result).message });
      return seeOther(c, back);
    }
    const done = doneWords[input.data.change.do];
    const what = given.section ? `${titleOf(given.section)}: ${done}` : done;
    setFlash(c, {
      tone: result.voided > 0 ? 'attention' : 'done',
      text: result.voided > 0 ? `${what}. Approvals given before are void.` : `${what}.`,
    });
    return seeOther(c, back);
  });
}

const doneWords = {
  'add-variant': 'The variant is added',
  'remove-variant': 'The variant is removed',
  'add-section': 'added',
  'remove-section': 'removed from this variant; its text is kept',
  'move-up': 'moved up',
  'move-down': 'moved down',
  detach: 'an own text now, a copy of the common one to begin with',
  attach: 'the common text again',
  layout: 'The layout is changed',
  dates: 'Dates are written so now',
} as const;
