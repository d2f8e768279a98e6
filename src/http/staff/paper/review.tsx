import type { VNode } from 'preact';
import type { Context } from '../../../app/context.ts';
import { latestDefinition, readAnswers } from '../../../app/paper-decide.ts';
import { paperFormByCode } from '../../../app/paper-forms.ts';
import type { PaperReason } from '../../../app/paper-reasons.ts';
import { loadPaperReply, nextPaperReply, type PaperReplyDetail } from '../../../app/queries/paper-replies.ts';
import { correctionsOfFields, loadFormContext } from '../../../app/queries/portal.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type C, type FormBody, idParam } from '../../context.ts';
import { fileAnswer } from '../../file-answer.ts';
import { answerRefusal, refusalText } from '../../refusal.tsx';
import { ButtonRow, Form, HiddenInput, LinkButton, SubmitButton, TextInput } from '../../ui/field.tsx';
import { type FormState, freshForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Columns, Identifier, KeyValue } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { Moment } from '../../ui/time.tsx';
import { shellOf } from '../shell.ts';
import { ReviewFields, type ReviewProps } from './fields.tsx';
import { MatchForm } from './match.tsx';
import { reasonWords, wayWords } from './words.ts';

/** GET /replies/read/:id: a form that came back beside what was read in it. */
export function showPaperReply(c: C): Promise<Response> {
  return paperReplyPage(c);
}

/** The page, or the page again with what was typed and refused. */
export async function paperReplyPage(c: C, typed?: FormState, status: 200 | 422 = 200): Promise<Response> {
  const ctx = c.get('ctx');
  const reply = await loadPaperReply(ctx.db, idParam(c, 'id') ?? 0);
  if (!reply) return answerRefusal(c, refuse('paper-reply.unknown', { id: c.req.param('id') ?? '' }), '/replies/read');
  const review = reply.state === 'waiting' ? await reviewOf(ctx, reply, typed) : undefined;
  const form = typed ?? freshForm();
  const here = `/replies/read/${reply.id}`;
  const nextId = await nextPaperReply(ctx.db, reply.id);
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title={reply.party ? `Form of ${reply.party}` : reply.name}
      crumbs={[
        { href: '/postroom', label: 'Post room' },
        { href: '/replies/read', label: 'Forms that came back' },
      ]}
      state={<StateBadge kind="paper" state={reply.state} />}
      lede={
        <>
          {reply.reference ? <a href={`/actions/${reply.action_id}`}>{reply.reference}</a> : 'Action not known'},
          received <Moment at={reply.received_at} />
        </>
      }
      errors={form.errors}
      styles={['postroom.css', 'paper-replies.css']}
      scripts={['postroom.js']}
      actions={
        <ButtonRow>
          <LinkButton href={`${here}/source`} icon="download">
            Original
          </LinkButton>
          {nextId === undefined ? null : (
            <a class="btn ff-btn-secondary" href={`/replies/read/${nextId}`} data-key="n">
              Next
            </a>
          )}
        </ButtonRow>
      }
    >
      {reply.state === 'waiting' && reply.reasons.length > 0 ? (
        <Alert tone="attention" title="Why it waits for you">
          <ul>
            {reply.reasons.map((reason) => (
              <li key={reason}>{reasonWords[reason as PaperReason]}</li>
            ))}
            {reply.trouble ? <li>{refusalText(refuse(reply.trouble, reply.trouble_params))}</li> : null}
          </ul>
        </Alert>
      ) : null}
      <Columns weight="main-side">
        <div>
          {review ? (
            <Form action={here} class="ff-form" label="Answers">
              <HiddenInput name="how" value="accept" />
              <ReviewFields {...review} />
              <ButtonRow>
                <button type="submit" class="btn btn-primary" data-key="a">
                  Take it as their reply
                </button>
              </ButtonRow>
              <p class="ff-keys ff-muted">
                Keys: <kbd>a</kbd> take it, <kbd>n</kbd> next
              </p>
            </Form>
          ) : (
            <Pages reply={reply} />
          )}
        </div>
        <div>
          {reply.state === 'waiting' ? (
            <>
              <MatchForm reply={reply} form={form} actions={await openActions(ctx)} />
              <Aside id={reply.id} form={form} />
            </>
          ) : (
            <Ended reply={reply} />
          )}
          <About reply={reply} />
          {review ? <Pages reply={reply} /> : null}
        </div>
      </Columns>
    </DeskPage>,
    status,
  );
}

/** What the review shows; undefined while nobody knows whose form it is. */
async function reviewOf(
  ctx: Context,
  reply: PaperReplyDetail,
  typed: FormState | undefined,
): Promise<ReviewProps | undefined> {
  const kept = reply.code === null ? undefined : await paperFormByCode(ctx.db, reply.code);
  if (!kept) return undefined;
  const definition = await latestDefinition(ctx.db, kept.actionId);
  const context = await loadFormContext(ctx.db, kept.actionId, kept.partyId, correctionsOfFields(kept.layout.fields));
  if (!definition || !context) return undefined;
  const { layout } = kept;
  const presets = Object.fromEntries(
    layout.fields.flatMap((field) => (field.preset ? [[field.name, field.preset] as const] : [])),
  );
  const form = typed ?? freshForm({ ...presets, ...readAnswers(layout, reply.boxes) } as FormBody);
  return { reply, layout, definition, context, form, today: ctx.now().toISOString().slice(0, 10) };
}

function openActions(ctx: Context): Promise<{ id: number; reference: string }[]> {
  return ctx.db
    .selectFrom('action')
    .select(['id', 'reference'])
    .where('stage', 'in', ['released', 'monitoring', 'completed'])
    .orderBy('id', 'desc')
    .limit(100)
    .execute();
}

function Pages({ reply }: { reply: PaperReplyDetail }): VNode {
  return (
    <Card title="Pages">
      {reply.pages.length === 0 ? (
        <p class="ff-muted">There is no picture of it; the file is kept as it came.</p>
      ) : null}
      {reply.pages.map((page) => (
        <figure class="ff-paper-page" key={page.number}>
          <a href={`/replies/read/${reply.id}/pages/${page.number}`}>
            <img
              src={`/replies/read/${reply.id}/pages/${page.number}`}
              alt={`Page ${page.number} of the file`}
              width={page.width}
              height={page.height}
              loading="lazy"
            />
          </a>
          <figcaption class="ff-muted">
            {page.page === null ? `Page ${page.number} of the file` : `Page ${page.page} of ${reply.form_pages}`}
            {(page.notes ?? []).map((note, index) => (
              <div key={index}>{note === '' ? 'Something was drawn on it.' : `Written on it: “${note}”`}</div>
            ))}
          </figcaption>
        </figure>
      ))}
    </Card>
  );
}

function Aside({ id, form }: { id: number; form: FormState }): VNode {
  return (
    <Card title="It is no reply">
      <Form action={`/replies/read/${id}`}>
        <HiddenInput name="how" value="aside" />
        <TextInput form={form} name="outcome" label="Because" placeholder="e.g. a delivery note" />
        <SubmitButton tone="secondary">Put it aside</SubmitButton>
      </Form>
    </Card>
  );
}

function Ended({ reply }: { reply: PaperReplyDetail }): VNode {
  return (
    <Card title="What came of it">
      <Alert tone="done">
        {reply.joined_to_id !== null ? (
          <p>
            Its pages were put to <a href={`/replies/read/${reply.joined_to_id}`}>the rest of the form</a>.
          </p>
        ) : reply.reply_id === null ? (
          <p>{`Put aside: ${reply.outcome}`}</p>
        ) : (
          <p>
            Taken as <a href={`/replies/${reply.reply_id}`}>{`reply ${reply.reply_id}`}</a>.
          </p>
        )}
        <p class="ff-muted">
          {reply.decided_by}
          {reply.decided_at ? (
            <>
              , <Moment at={reply.decided_at} />
            </>
          ) : null}
        </p>
      </Alert>
      {reply.state === 'aside' ? (
        <Form action={`/replies/read/${reply.id}`}>
          <HiddenInput name="how" value="reopen" />
          <SubmitButton tone="quiet">Open it again</SubmitButton>
        </Form>
      ) : null}
    </Card>
  );
}

function About({ reply }: { reply: PaperReplyDetail }): VNode {
  return (
    <Card title="About">
      <KeyValue
        rows={[
          { label: 'File', value: reply.name },
          ...reply.joined.map(({ id, name }) => ({
            label: 'With pages from',
            value: name,
            href: `/replies/read/${id}`,
          })),
          { label: 'It came', value: wayWords[reply.came_by] ?? reply.came_by },
          { label: 'Handed in by', value: reply.handed_in_by },
          reply.message_id !== null && {
            label: 'Mail',
            value: `Message ${reply.message_id}`,
            href: `/postroom/${reply.message_id}`,
          },
          reply.party_id !== null && { label: 'Party', value: reply.party ?? '', href: `/parties/${reply.party_id}` },
          reply.code !== null && { label: 'Code of the form', value: <Identifier>{reply.code}</Identifier> },
          { label: 'Read as', value: reply.door === 'pdf' ? 'PDF filled in on a screen' : 'scan or photo' },
          reply.program && { label: 'Caution', value: 'The file carries a program. It was not run.' },
          { label: 'SHA-256', value: <Identifier>{reply.sha256}</Identifier> },
        ]}
      />
    </Card>
  );
}

/** GET /replies/read/:id/pages/:number: the picture of a page. */
export async function getPaperPage(c: C): Promise<Response> {
  const { db, files } = c.get('ctx');
  const reply = await loadPaperReply(db, idParam(c, 'id') ?? 0);
  const page = reply?.pages.find((one) => one.number === idParam(c, 'number'));
  if (!page || !(await files.has(page.picture)))
    return answerRefusal(c, refuse('paper-reply.unknown', { id: c.req.param('id') ?? '' }), '/replies/read');
  return fileAnswer(files.read(page.picture), {
    name: `page-${page.number}.jpg`,
    mediaType: 'image/jpeg',
    inline: true,
    // The same page for ever, and many cut-outs of it on one page of ours.
    headers: { 'cache-control': 'private, max-age=3600' },
  });
}

/** GET /replies/read/:id/source: the file as it came, always as a download. */
export async function getPaperSource(c: C): Promise<Response> {
  const { db, files } = c.get('ctx');
  const reply = await loadPaperReply(db, idParam(c, 'id') ?? 0);
  if (!reply || !(await files.has(reply.sha256)))
    return answerRefusal(c, refuse('paper-reply.unknown', { id: c.req.param('id') ?? '' }), '/replies/read');
  return fileAnswer(files.read(reply.sha256), { name: reply.name });
}
