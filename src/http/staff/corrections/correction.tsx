import type { VNode } from 'preact';
import { verifyCorrections, verifyCorrectionsInput } from '../../../app/confirmations.ts';
import { setCorrectionRight, setRightInput } from '../../../app/correction-work.ts';
import { type CorrectionPage, loadCorrection } from '../../../app/queries/correction.ts';
import { loadLadder } from '../../../app/queries/evidence-ladder.ts';
import { loadFollowUps, loadQueuesOf } from '../../../app/queries/follow-ups.ts';
import { allows } from '../../../domain/permission.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError } from '../../refusal.tsx';
import { countryName } from '../../translate.ts';
import { DateInput, Form, HiddenInput, RadioGroup, SubmitButton, TextArea } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, parseTypedDate, refusedForm } from '../../ui/form.ts';
import { DeskPage, type NextStep } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Columns, Identifier, KeyValue } from '../../ui/parts.tsx';
import { Badge, StateBadge } from '../../ui/state.tsx';
import { Moment } from '../../ui/time.tsx';
import { EvidenceFacts } from '../evidence.tsx';
import { FollowUpCard } from '../follow-up/card.tsx';
import { shellOf } from '../shell.ts';
import { EvidenceLadder } from './ladder.tsx';

async function withCorrection(c: C, page: (correction: CorrectionPage) => Promise<Response>): Promise<Response> {
  const id = idParam(c, 'id');
  const correction = id === undefined ? undefined : await loadCorrection(c.get('ctx').db, id);
  if (!correction) return answerRefusal(c, refuse('correction.unknown', { count: 1 }), '/actions');
  return page(correction);
}

/** GET /corrections/:id: one row of the ledger, how far its evidence goes, and what staff can say about it. */
export function showCorrection(c: C): Promise<Response> {
  return withCorrection(c, async (correction) => html(c, await correctionPage(c, correction, freshForm())));
}

async function correctionPage(c: C, correction: CorrectionPage, form: FormState): Promise<VNode> {
  const { actor, db, now } = c.get('ctx');
  const ladder = await loadLadder(db, correction.id);
  const queues = await loadQueuesOf(db, { actionId: correction.action_id, now: now() }, correction.id);
  const entries = await loadFollowUps(db, correction.id);
  const mayVerify = allows(actor, 'correction.verify');
  const mayCorrect = allows(actor, 'reply.correct');
  return (
    <DeskPage
      shell={await shellOf(c)}
      title={`${correction.serial}, ${correction.environment}`}
      lede={
        <>
          {correction.remedy} for {correction.product} at{' '}
          <a href={`/parties/${correction.party_id}`}>{correction.party}</a>
        </>
      }
      crumbs={[
        { href: `/actions/${correction.action_id}`, label: correction.reference },
        { href: `/actions/${correction.action_id}/corrections`, label: 'Corrections' },
      ]}
      state={<StateBadge kind="correction" state={correction.state} />}
      errors={form.errors}
      next={nextSteps(correction, mayVerify)}
    >
      <Columns weight="main-side">
        <div>
          <Card title="How far the evidence goes">{ladder ? <EvidenceLadder ladder={ladder} /> : null}</Card>
          <AllEvidence correction={correction} />
        </div>
        <div>
          <FollowUpCard correctionId={correction.id} queues={queues} entries={entries} />
          {mayVerify && correction.state !== 'verified' ? <Verify correction={correction} form={form} /> : null}
          {mayCorrect ? <SetRight correction={correction} form={form} mayVerify={mayVerify} /> : null}
          <Card title="About">
            <KeyValue
              rows={[
                {
                  label: 'Unit',
                  value: <Identifier>{correction.serial}</Identifier>,
                  href: `/units/${correction.unit_id}`,
                },
                { label: 'Product', value: correction.product },
                { label: 'Environment', value: correction.environment },
                { label: 'Remedy', value: correction.remedy },
                { label: 'Party', value: correction.party, href: `/parties/${correction.party_id}` },
                { label: 'Site', value: correction.site },
                { label: 'Country', value: countryName(correction.country, 'en') },
                ...(allows(actor, 'ticket.issue')
                  ? [
                      {
                        label: 'Confirmation code',
                        value: 'Installation ticket',
                        href: `/corrections/${correction.id}/ticket`,
                      },
                    ]
                  : []),
                { label: 'In this state since', value: <Moment at={correction.state_since} /> },
              ]}
            />
          </Card>
        </div>
      </Columns>
    </DeskPage>
  );
}

function nextSteps(correction: CorrectionPage, mayVerify: boolean): NextStep[] {
  if (correction.contradicted)
    return [{ text: 'The evidence contradicts itself: find out what is true, then set it right', tone: 'attention' }];
  if (correction.state === 'isolated')
    return [
      {
        text: 'Off the network after a suspected break-in',
        href: '/tasks?kind=suspected-compromise&state=open',
        label: 'See the task',
        tone: 'late',
      },
    ];
  if (correction.state === 'blocked')
    return [
      {
        text: 'The party cannot do it without help',
        href: `/parties/${correction.party_id}`,
        label: 'Open the party',
        tone: 'attention',
      },
    ];
  if (correction.state === 'open')
    return [
      {
        text: 'The party still owes this fix',
        href: `/parties/${correction.party_id}`,
        label: 'Open the party',
        tone: 'wait',
      },
    ];
  if ((correction.state === 'stated' || correction.state === 'confirmed') && mayVerify)
    return [{ text: `It is ${correction.state}: verify it once you have seen evidence`, tone: 'do' }];
  return [];
}

function AllEvidence({ correction }: { correction: CorrectionPage }): VNode {
  if (correction.evidence.length === 0) {
    return (
      <Card title="Evidence">
        <p>Nobody has said anything about this one yet.</p>
      </Card>
    );
  }
  return (
    <>
      {correction.contradicted ? (
        <Alert tone="attention" title="These cannot all be true">
          {correction.contradictions.map((one) => `Evidence ${one.id} contradicts evidence ${one.with}.`).join(' ')}
        </Alert>
      ) : null}
      {correction.evidence.map((evidence) => (
        <Card
          key={evidence.id}
          id={`evidence-${evidence.id}`}
          title={`Evidence ${evidence.id}`}
          action={
            evidence.id === correction.because_id ? (
              <Badge tone="blue" icon="check">
                the state rests on this
              </Badge>
            ) : undefined
          }
        >
          <EvidenceFacts evidence={evidence} />
        </Card>
      ))}
    </>
  );
}

function Verify({ correction, form }: { correction: CorrectionPage; form: FormState }): VNode {
  return (
    <Card title="Verify">
      <Form action={`/corrections/${correction.id}/verify`}>
        <TextArea
          form={form}
          name="evidence"
          label="What was looked at"
          hint="e.g. version read from the instrument, service call 4711."
          rows={3}
          required
        />
        <DateInput form={form} name="verifiedOn" label="Done on" hint="If you know it." />
        <SubmitButton tone="primary" icon="rosette-discount-check">
          Verify
        </SubmitButton>
      </Form>
    </Card>
  );
}

export type SetRightProps = {
  correction: Pick<CorrectionPage, 'id' | 'state'>;
  form: FormState;
  mayVerify: boolean;
  action?: string;
};

/** What is true of a correction, with the reason. Used on its own page and by the tasks that ask for it. */
export function SetRight({ correction, form, mayVerify, action }: SetRightProps): VNode {
  return (
    <Card title="Set right">
      <Form action={action ?? `/corrections/${correction.id}/set-right`}>
        <HiddenInput name="correctionId" value={correction.id} />
        <RadioGroup
          form={form}
          name="claim"
          label="What is true?"
          required
          options={[
            ...(mayVerify ? [{ value: 'done', label: 'The fix is in place', hint: 'Makes it verified.' }] : []),
            { value: 'not-yet', label: 'The fix is not in place', hint: 'Makes it open again.' },
            { value: 'not-affected', label: 'It was never affected' },
            { value: 'gone', label: 'It is not there any more' },
            ...(correction.state === 'isolated'
              ? [{ value: 'cleared', label: 'The suspicion is cleared', hint: 'Shows again what stood before.' }]
              : []),
          ]}
        />
        <DateInput form={form} name="doneOn" label="Done on" hint="If you know it." />
        <TextArea
          form={form}
          name="reason"
          label="How do you know?"
          hint="Stays in the history. What was said before is kept."
          rows={3}
          required
        />
        <SubmitButton tone="secondary">Set right</SubmitButton>
      </Form>
    </Card>
  );
}

/** An empty date is none; one that cannot be read stays as typed, so that the schema says so. */
export function typedDay(text: string): string | null {
  return text.trim() === '' ? null : (parseTypedDate(text) ?? text);
}

/** POST /corrections/:id/verify */
export function postVerify(c: C): Promise<Response> {
  return withCorrection(c, async (correction) => {
    const body = await readForm(c);
    const nameOf = (path: string) => (path === 'reason' ? 'evidence' : 'verifiedOn');
    const input = verifyCorrectionsInput.safeParse({
      correctionIds: [correction.id],
      reason: fieldText(body, 'evidence'),
      doneOn: typedDay(fieldText(body, 'verifiedOn')),
    });
    if (!input.success)
      return html(
        c,
        await correctionPage(c, correction, refusedForm(body, mended(errorsFromZod(input.error, nameOf)))),
        422,
      );
    const result = await verifyCorrections(c.get('ctx'), input.data);
    if (isRefusal(result))
      return html(c, await correctionPage(c, correction, refusedForm(body, [refusalError(result)])), 422);
    setFlash(c, { tone: 'done', text: 'Verified.' });
    return seeOther(c, `/corrections/${correction.id}`);
  });
}

/** Words for what the schemas shared with programs say tersely. */
function mended(errors: { field: string; message: string }[]): { field: string; message: string }[] {
  const words: Record<string, string> = {
    evidence: 'Write what was looked at, so that anybody can look again.',
    verifiedOn: 'Write the day as 2022-05-06 or 06.05.2022.',
    doneOn: 'Write the day as 2022-05-06 or 06.05.2022.',
  };
  return errors.map((error) => ({ ...error, message: words[error.field] ?? error.message }));
}

/** Reads the form of {@link SetRight}. */
export function readSetRight(body: Record<string, string | string[]>) {
  const input = setRightInput.safeParse({
    claim: fieldText(body, 'claim'),
    doneOn: typedDay(fieldText(body, 'doneOn')),
    reason: fieldText(body, 'reason'),
  });
  return input.success ? { data: input.data } : { errors: mended(errorsFromZod(input.error)) };
}

/** POST /corrections/:id/set-right */
export function postSetRight(c: C): Promise<Response> {
  return withCorrection(c, async (correction) => {
    const body = await readForm(c);
    const input = readSetRight(body);
    if ('errors' in input)
      return html(c, await correctionPage(c, correction, refusedForm(body, input.errors ?? [])), 422);
    const result = await setCorrectionRight(c.get('ctx'), correction.id, input.data);
    if (isRefusal(result))
      return html(c, await correctionPage(c, correction, refusedForm(body, [refusalError(result)])), 422);
    setFlash(c, { tone: 'done', text: `Set right: it is ${result.state.replace('-', ' ')} now.` });
    return seeOther(c, `/corrections/${correction.id}`);
  });
}
