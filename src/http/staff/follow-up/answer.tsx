import type { VNode } from 'preact';
import { answerFollowUp, answerFollowUpInput, MOST_ANSWERED_AT_ONCE } from '../../../app/follow-ups.ts';
import { type CorrectionPage, loadCorrection } from '../../../app/queries/correction.ts';
import { loadLadder } from '../../../app/queries/evidence-ladder.ts';
import { type FollowUpRow, findQueue, findSameParty, loadQueuesOf } from '../../../app/queries/follow-ups.ts';
import { type FollowUpQueue, outcomeRules, queueRules } from '../../../domain/follow-up.ts';
import { allows } from '../../../domain/permission.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError } from '../../refusal.tsx';
import {
  ButtonRow,
  Checkbox,
  DateInput,
  Form,
  LinkButton,
  RadioGroup,
  SubmitButton,
  TextArea,
} from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Columns, Identifier, KeyValue } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { Moment } from '../../ui/time.tsx';
import { typedDay } from '../corrections/correction.tsx';
import { EvidenceLadder } from '../corrections/ladder.tsx';
import { shellOf } from '../shell.ts';
import { detailTitles, detailWords, StandingAnswer } from './list.tsx';

/** One correction in one queue, with what is known of it there. */
interface Waiting {
  correction: CorrectionPage;
  queue: FollowUpQueue;
  row: FollowUpRow | undefined;
  /** Others of the party that wait in the same queue. */
  others: number[];
}

async function withWaiting(c: C, page: (waiting: Waiting) => Promise<Response>): Promise<Response> {
  const ctx = c.get('ctx');
  const id = idParam(c, 'id');
  const queue = findQueue(c.req.param('queue'));
  const correction = id === undefined ? undefined : await loadCorrection(ctx.db, id);
  if (!correction) return answerRefusal(c, refuse('correction.unknown', { count: 1 }), '/actions');
  if (!queue)
    return answerRefusal(
      c,
      refuse('follow-up.unknown', { queue: c.req.param('queue') ?? '' }),
      `/corrections/${correction.id}`,
    );
  const scope = { actionId: correction.action_id, now: ctx.now() };
  const row = (await loadQueuesOf(ctx.db, scope, correction.id)).find((one) => one.queue === queue);
  const others = await findSameParty(
    ctx.db,
    { ...scope, queue },
    { partyId: correction.party_id, correctionId: correction.id },
    MOST_ANSWERED_AT_ONCE - 1,
  );
  return page({ correction, queue, row, others });
}

/** GET /corrections/:id/follow-up/:queue: what is known, and what came of asking. */
export function showAnswer(c: C): Promise<Response> {
  return withWaiting(c, async (waiting) => html(c, await answerPage(c, waiting, freshForm())));
}

async function answerPage(c: C, { correction, queue, row, others }: Waiting, form: FormState): Promise<VNode> {
  const ctx = c.get('ctx');
  const ladder = await loadLadder(ctx.db, correction.id);
  const list = `/actions/${correction.action_id}/follow-up/${queue}`;
  return (
    <DeskPage
      shell={await shellOf(c)}
      title={`${correction.serial}, ${correction.environment}`}
      lede={queueRules[queue].hint}
      crumbs={[
        { href: `/actions/${correction.action_id}`, label: correction.reference },
        { href: list, label: queueRules[queue].word },
      ]}
      state={<StateBadge kind="correction" state={correction.state} />}
      errors={form.errors}
    >
      <Columns weight="main-side">
        <div>
          {row ? (
            <>
              <StandingAnswer row={row} />
              {allows(ctx.actor, 'task.work') ? (
                <AnswerForm
                  action={`/corrections/${correction.id}/follow-up/${queue}`}
                  {...{ queue, row, others, form }}
                />
              ) : null}
            </>
          ) : (
            <Alert tone="note" title="It does not wait here any more">
              <p>
                Something was said since. <a href={list}>See who still waits</a>, or{' '}
                <a href={`/corrections/${correction.id}`}>read what is known of this one</a>.
              </p>
            </Alert>
          )}
        </div>
        <div>
          <Card title="What is known">
            <KeyValue
              rows={[
                {
                  label: 'Unit',
                  value: <Identifier>{correction.serial}</Identifier>,
                  href: `/units/${correction.unit_id}`,
                },
                { label: 'Product', value: correction.product },
                { label: 'Remedy', value: correction.remedy },
                { label: 'Party', value: correction.party, href: `/parties/${correction.party_id}` },
                ...(row
                  ? [
                      { label: 'Waits since', value: <Moment at={row.since} /> },
                      { label: detailTitles[queue], value: detailWords(queue, row) || '–' },
                    ]
                  : []),
              ]}
            />
            <p>
              <LinkButton
                href={`/parties/${correction.party_id}/reply?action=${correction.action_id}`}
                icon="phone"
                tone="secondary"
              >
                Telephone them
              </LinkButton>
            </p>
          </Card>
          <Card
            title="How far the evidence goes"
            action={<a href={`/corrections/${correction.id}`}>All its evidence</a>}
          >
            {ladder ? <EvidenceLadder ladder={ladder} /> : null}
          </Card>
        </div>
      </Columns>
    </DeskPage>
  );
}

type AnswerFormProps = { action: string; queue: FollowUpQueue; row: FollowUpRow; others: number[]; form: FormState };

function AnswerForm({ action, queue, row, others, form }: AnswerFormProps): VNode {
  const outcomes = queueRules[queue].outcomes.filter((outcome) => outcome !== 'back' || row.outcome !== null);
  return (
    <Card title={row.outcome === null ? 'What came of asking?' : 'Answer anew'}>
      <Form action={action}>
        <RadioGroup
          form={form}
          name="outcome"
          label="Answer"
          required
          options={outcomes.map((outcome) => ({
            value: outcome,
            label: outcomeRules[outcome].word,
            hint: outcomeRules[outcome].hint,
          }))}
        />
        {outcomes.some((outcome) => outcomeRules[outcome].until) ? (
          <DateInput
            form={form}
            name="until"
            label="Back on"
            hint={`With “${outcomeRules.waiting.word}”: the day on which somebody looks again.`}
          />
        ) : null}
        <TextArea
          form={form}
          name="note"
          label="How do you know?"
          hint="Whom you asked, what they said. Stays with the correction."
          rows={3}
        />
        {others.length > 0 ? (
          <Checkbox
            form={form}
            name="others"
            value="yes"
            label={
              others.length === 1
                ? 'Also for the other one of this party that waits here'
                : `Also for the other ${formatCount(others.length)} of this party that wait here`
            }
          />
        ) : null}
        <ButtonRow>
          <SubmitButton tone="primary" icon="check">
            Keep the answer
          </SubmitButton>
        </ButtonRow>
      </Form>
    </Card>
  );
}

/** POST /corrections/:id/follow-up/:queue */
export function postAnswer(c: C): Promise<Response> {
  return withWaiting(c, async (waiting) => {
    const { correction, queue, others } = waiting;
    const body = await readForm(c);
    const again = async (errors: { field: string; message: string }[]) =>
      html(c, await answerPage(c, waiting, refusedForm(body, errors)), 422);
    const input = answerFollowUpInput.safeParse({
      queue,
      correctionIds: [correction.id, ...(fieldText(body, 'others') === 'yes' ? others : [])],
      outcome: fieldText(body, 'outcome'),
      note: fieldText(body, 'note'),
      // A day is asked for by one answer only: what stands there with another is not meant.
      until: fieldText(body, 'outcome') === 'waiting' ? typedDay(fieldText(body, 'until')) : null,
    });
    if (!input.success) return again(mended(errorsFromZod(input.error)));
    const result = await answerFollowUp(c.get('ctx'), input.data);
    if (isRefusal(result)) return again([refusalError(result)]);
    setFlash(c, {
      tone: 'done',
      text: `${outcomeRules[input.data.outcome].word}: kept for ${result.answered === 1 ? 'this correction' : `${formatCount(result.answered)} corrections`}.`,
    });
    return seeOther(c, `/actions/${correction.action_id}/follow-up/${queue}`);
  });
}

function mended(errors: { field: string; message: string }[]): { field: string; message: string }[] {
  return errors.map((error) =>
    error.field === 'until' ? { ...error, message: 'Write the day as 2022-05-20 or 20.05.2022.' } : error,
  );
}
