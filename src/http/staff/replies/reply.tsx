import type { VNode } from 'preact';
import { loadAnswerTrail } from '../../../app/queries/answer-trail.ts';
import { loadReply, type ReplyDetail, type ReplyEffect } from '../../../app/queries/replies.ts';
import { stepsFor } from '../../../domain/form-asked.ts';
import type { Contradiction } from '../../../domain/form-contradictions.ts';
import { contradictionKey } from '../../../domain/form-words.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type C, idParam } from '../../context.ts';
import { fileAnswer } from '../../file-answer.ts';
import { ReadBack } from '../../portal/form/read-back.tsx';
import { answerRefusal } from '../../refusal.tsx';
import { countryName, languageName, type Translate, translator } from '../../translate.ts';
import { LinkButton } from '../../ui/field.tsx';
import { formatDay, formatMoment } from '../../ui/figures.ts';
import { DeskPage, type NextStep } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Columns, Identifier, KeyValue, Tabs } from '../../ui/parts.tsx';
import { Badge, StateBadge } from '../../ui/state.tsx';
import { type Column, DataTable } from '../../ui/table.tsx';
import { Day, Moment } from '../../ui/time.tsx';
import { claimWords, doorWords } from '../evidence.tsx';
import { AnsweredByCard } from '../parties/answer-trail.tsx';
import { shellOf } from '../shell.ts';
import { sheetOfReplyCard } from '../spreadsheets/cards.tsx';
import { plain, taskTitle } from '../words.ts';
import { loadReceipts, ReceiptCard } from './receipt.tsx';

async function withReply(c: C, page: (reply: ReplyDetail) => Promise<Response>): Promise<Response> {
  const id = idParam(c, 'id');
  const reply = id === undefined ? undefined : await loadReply(c.get('ctx').db, id);
  if (!reply) return answerRefusal(c, refuse('reply.unknown', { id: c.req.param('id') ?? '' }), '/actions');
  return page(reply);
}

/** GET /replies/:id: a reply exactly as it was given, and what it did. `?lang=` reads it in the signer's language. */
export function showReply(c: C): Promise<Response> {
  return withReply(c, async (reply) => {
    const own = translator(reply.language).language;
    const t = translator(c.req.query('lang') === own ? own : 'en');
    return html(c, await replyPage(c, reply, t));
  });
}

async function replyPage(c: C, reply: ReplyDetail, t: Translate): Promise<VNode> {
  const own = translator(reply.language).language;
  const here = `/replies/${reply.id}`;
  // Who sent a list has one receipt for all of it.
  const list = await sheetOfReplyCard(c, reply.id);
  const [answered] = await loadAnswerTrail(c.get('ctx').db, { replyId: reply.id });
  return (
    <DeskPage
      shell={await shellOf(c)}
      title={`Reply ${reply.id}`}
      lede={
        <>
          <a href={`/parties/${reply.party_id}`}>{reply.party}</a>, {countryName(reply.country, 'en')}, by{' '}
          {doorWords(reply.door).toLowerCase()} on <Moment at={reply.received_at} />
        </>
      }
      crumbs={[
        { href: `/actions/${reply.action_id}`, label: reply.reference },
        { href: `/actions/${reply.action_id}/replies`, label: 'Replies' },
      ]}
      next={nextSteps(reply)}
      actions={
        reply.source_file_id ? (
          <LinkButton href={`${here}/source`} icon="download">
            {`Source: ${reply.source_name}`}
          </LinkButton>
        ) : undefined
      }
    >
      <Columns weight="main-side">
        <div>
          {reply.contradictions.length > 0 ? <Contradictions reply={reply} /> : null}
          <Card title="The answers as given">
            {own === 'en' ? null : (
              <Tabs
                label="Language of the form"
                tabs={[
                  { href: here, label: 'English', current: t.language === 'en' },
                  {
                    href: `${here}?lang=${own}`,
                    label: `${languageName(own, 'en')}, as signed`,
                    current: t.language === own,
                  },
                ]}
              />
            )}
            <div lang={t.language} dir={t.direction}>
              <GivenAnswers reply={reply} t={t} />
            </div>
          </Card>
          <Effects effects={reply.effects} />
        </div>
        <div>
          {list}
          <Signature reply={reply} />
          {answered ? <AnsweredByCard line={answered} /> : null}
          {list ? null : <ReceiptCard reply={reply} receipts={await loadReceipts(c.get('ctx').db, reply.id)} />}
          <Card title="About">
            <KeyValue
              rows={[
                { label: 'Received', value: <Moment at={reply.received_at} /> },
                { label: 'Door', value: doorWords(reply.door) },
                { label: 'Language', value: languageName(reply.language, 'en') },
                { label: 'Contact', value: reply.contact ?? 'not known' },
                { label: 'Recorded by', value: reply.recorded_by },
                { label: 'Form', value: reply.form_version === null ? '' : `version ${reply.form_version}` },
                reply.source_file_id !== null && { label: 'Source', value: reply.source_name, href: `${here}/source` },
                reply.previous_id !== null && {
                  label: 'Before it',
                  value: `Reply ${reply.previous_id}`,
                  href: `/replies/${reply.previous_id}`,
                },
                reply.next_id !== null && {
                  label: 'After it',
                  value: `Reply ${reply.next_id}`,
                  href: `/replies/${reply.next_id}`,
                },
              ]}
            />
          </Card>
        </div>
      </Columns>
    </DeskPage>
  );
}

function nextSteps(reply: ReplyDetail): NextStep[] {
  return reply.tasks
    .filter((task) => task.state === 'open')
    .slice(0, 6)
    .map((task) => ({ text: taskTitle(task.kind), href: `/tasks/${task.id}`, label: 'Open', tone: 'attention' }));
}

function GivenAnswers({ reply, t }: { reply: ReplyDetail; t: Translate }): VNode {
  const { definition, context, answers } = reply;
  if (!definition || !context) {
    return (
      <>
        <p>The form of this reply is not kept here: these are its answers as they came.</p>
        <pre class="ff-json">{JSON.stringify(answers, null, 2)}</pre>
      </>
    );
  }
  // Products nobody was asked to count would only say that there is no answer.
  const spoken = context.products.filter(
    (product) => answers.products[product.id] || answers.extra.some((row) => row.product === String(product.id)),
  );
  return (
    <ReadBack
      definition={definition}
      context={{ ...context, products: spoken }}
      answers={answers}
      steps={stepsFor(definition, context, answers)}
      t={t}
    />
  );
}

/** A contradiction in words, with its days as the desk writes days. */
export function contradictionText(one: Contradiction, t: Translate): string {
  const params = Object.entries(one.params).map(([name, value]) => [
    name,
    typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? formatDay(value, t.language) : value,
  ]);
  return t(contradictionKey(one.code), Object.fromEntries(params));
}

function Contradictions({ reply }: { reply: ReplyDetail }): VNode {
  const t = translator('en');
  return (
    <Alert
      tone="attention"
      title={
        reply.signature
          ? 'The sender saw these contradictions and sent the form as it is'
          : 'This does not fit together'
      }
    >
      <ul>
        {reply.contradictions.map((one) => (
          <li key={`${one.code}@${one.field}`}>{contradictionText(one, t)}</li>
        ))}
      </ul>
    </Alert>
  );
}

function Signature({ reply }: { reply: ReplyDetail }): VNode {
  const { signature } = reply;
  if (!signature) {
    return (
      <Card title="Signature">
        <p>Nobody signed this: {reply.recorded_by} wrote down what was said.</p>
      </Card>
    );
  }
  return (
    <Card title="Signature">
      <blockquote class="ff-signature" lang={reply.language} dir={translator(reply.language).direction}>
        {signature.meaning}
      </blockquote>
      <KeyValue
        rows={[
          { label: 'Name', value: <strong>{signature.name}</strong> },
          { label: 'Title', value: signature.title },
          { label: 'E-mail', value: signature.email },
          { label: 'Signed', value: formatMoment(new Date(signature.at), 'en', signature.zone) },
          { label: 'Zone', value: signature.zone },
          { label: 'Answers, SHA-256', value: <Identifier>{signature.answersHash}</Identifier> },
        ]}
      />
    </Card>
  );
}

const effectColumns: Column<ReplyEffect>[] = [
  { key: 'serial', title: 'Unit', cell: (row) => <Identifier>{row.serial}</Identifier>, rowHeader: true, nowrap: true },
  { key: 'environment', title: 'Environment', cell: (row) => row.environment },
  {
    key: 'claim',
    title: 'Said',
    cell: (row) => (
      <>
        {claimWords(row.claim)}
        {row.done_on ? (
          <>
            {' '}
            on <Day value={row.done_on} />
          </>
        ) : null}
        {row.reason ? `, ${plain(row.reason)}` : ''}
      </>
    ),
  },
  { key: 'state', title: 'Stands at', cell: (row) => <StateBadge kind="correction" state={row.state} /> },
  {
    key: 'rests',
    title: 'Rests on this reply',
    cell: (row) =>
      row.rests ? (
        <Badge tone="blue" icon="check">
          yes
        </Badge>
      ) : (
        'no'
      ),
  },
];

function Effects({ effects }: { effects: ReplyEffect[] }): VNode {
  return (
    <Card title="What it did to the ledger" flush>
      <DataTable
        caption="Corrections this reply spoke about"
        columns={effectColumns}
        rows={effects}
        rowKey={(row) => row.correction_id}
        rowHref={(row) => `/corrections/${row.correction_id}`}
        empty={{ title: 'Nothing new', text: 'It said nothing about a correction, or only what was said before.' }}
      />
    </Card>
  );
}

/** GET /replies/:id/source: the document a reply was read from, always as a download. */
export function getReplySource(c: C): Promise<Response> {
  return withReply(c, async (reply) => {
    const { files } = c.get('ctx');
    const { source_sha256: sha256, source_name: name } = reply;
    if (sha256 === null || name === null || !(await files.has(sha256))) {
      return answerRefusal(c, refuse('reply-source.unknown'), `/replies/${reply.id}`);
    }
    return fileAnswer(files.read(sha256), { name });
  });
}
