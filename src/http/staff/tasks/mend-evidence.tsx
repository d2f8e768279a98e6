import type { VNode } from 'preact';
import type { Context } from '../../../app/context.ts';
import { loadCorrection } from '../../../app/queries/correction.ts';
import { loadReply } from '../../../app/queries/replies.ts';
import { loadUnsure } from '../../../app/queries/task-mends.ts';
import { allows } from '../../../domain/permission.ts';
import { translator } from '../../translate.ts';
import { LinkButton } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import { Alert, Card, Columns, Identifier } from '../../ui/parts.tsx';
import { Badge, StateBadge } from '../../ui/state.tsx';
import { SetRight } from '../corrections/correction.tsx';
import { EvidenceFacts } from '../evidence.tsx';
import { loadOriginals, Original } from '../postroom/original-of.tsx';
import { contradictionText } from '../replies/reply.tsx';
import type { Task } from './tasks.tsx';

/** Two answers that cannot both be true, side by side, and the form that says which is. */
export async function contradictionMend(ctx: Context, task: Task, form: FormState): Promise<VNode | null> {
  if (task.correction_id !== null) return evidenceContradiction(ctx, task, task.correction_id, form);
  return task.reply_id === null ? null : replyContradiction(ctx, task, task.reply_id);
}

async function evidenceContradiction(
  ctx: Context,
  task: Task,
  correctionId: number,
  form: FormState,
): Promise<VNode | null> {
  const correction = await loadCorrection(ctx.db, correctionId);
  if (!correction) return null;
  const pairs = correction.contradictions.map((pair) => ({
    earlier: correction.evidence.find((one) => one.id === pair.with),
    later: correction.evidence.find((one) => one.id === pair.id),
  }));
  const replyIds = pairs.flatMap((pair) => [pair.earlier?.reply_id ?? [], pair.later?.reply_id ?? []].flat());
  const originals = await loadOriginals(ctx.db, replyIds);
  return (
    <>
      <Card
        title={`${correction.serial}, ${correction.environment}: what was said`}
        action={<a href={`/corrections/${correction.id}`}>All its evidence</a>}
      >
        <p>
          <StateBadge kind="correction" state={correction.state} /> {correction.remedy} for {correction.product}{' '}
          <Identifier>{correction.serial}</Identifier>
        </p>
        {pairs.length === 0 ? <p>It is settled by now: end the task.</p> : null}
      </Card>
      {pairs.map((pair) => (
        <Columns key={pair.later?.id}>
          {[pair.earlier, pair.later].map((evidence, index) =>
            evidence ? (
              <Card
                key={evidence.id}
                title={index === 0 ? 'First' : 'Later'}
                action={
                  evidence.id === correction.because_id ? (
                    <Badge tone="blue" icon="check">
                      the state rests on this
                    </Badge>
                  ) : undefined
                }
              >
                <EvidenceFacts evidence={evidence} />
                <Original original={originals.get(evidence.reply_id ?? 0)} />
              </Card>
            ) : null,
          )}
        </Columns>
      ))}
      {allows(ctx.actor, 'reply.correct') ? (
        <SetRight
          correction={correction}
          form={form}
          mayVerify={allows(ctx.actor, 'correction.verify')}
          action={`/tasks/${task.id}/set-right`}
        />
      ) : null}
    </>
  );
}

/** A form that contradicts itself: the words of it, and the reply as it was signed. */
async function replyContradiction(ctx: Context, task: Task, replyId: number): Promise<VNode | null> {
  const reply = await loadReply(ctx.db, replyId);
  if (!reply) return null;
  const t = translator('en');
  const mine = reply.contradictions.filter((one) => one.code === task.detail.code && one.field === task.detail.field);
  const about = /^c(\d{1,15})\./.exec(String(task.detail.field ?? ''))?.[1];
  return (
    <Card title="What does not fit">
      <p>What the sender was told before sending:</p>
      {(mine.length > 0 ? mine : reply.contradictions).map((one) => (
        <Alert key={`${one.code}@${one.field}`} tone="attention">
          <p>“{contradictionText(one, t)}”</p>
        </Alert>
      ))}
      <p>
        {reply.signature ? `${reply.signature.name} sent the form all the same. ` : ''}
        Ask them what is true, set the correction right or wait for a new form, then end the task.
      </p>
      <p>
        <LinkButton href={`/replies/${reply.id}`} icon="file-text">
          Read the reply
        </LinkButton>{' '}
        {about ? <LinkButton href={`/corrections/${about}`}>Open the correction</LinkButton> : null}{' '}
        <LinkButton href={`/parties/${reply.party_id}/call?action=${reply.action_id}&task=${task.id}`} icon="phone">
          Telephone
        </LinkButton>
      </p>
    </Card>
  );
}

const reasonWords: Record<string, string> = {
  'needs-web-interface': 'They need remote access to the web interface, which the patch closes.',
  'no-internet': 'The instrument has no Internet: they need the patch on another medium.',
};

/** Somebody cannot go on alone: what they said they need, and the telephone. */
export function helpMend(task: Task): VNode | null {
  if (task.party_id === null) return null;
  const { detail } = task;
  const said = ['reason-text', 'contact-me-text', 'passed-on-to', 'customer-list-reason', 'text']
    .map((name) => detail[name])
    .filter((value): value is string => typeof value === 'string' && value !== '');
  const why = typeof detail.reason === 'string' ? reasonWords[detail.reason] : undefined;
  const notUnderstood = detail.understood === 'no';
  return (
    <Card title="What they need">
      {why ? <p>{why}</p> : null}
      {notUnderstood ? <p>They did not understand the notice: explain it in their language.</p> : null}
      {said.map((words) => (
        <blockquote class="ff-signature" key={words}>
          {words}
        </blockquote>
      ))}
      {task.correction_id !== null ? (
        <p>
          <a href={`/corrections/${task.correction_id}`}>The correction it is about</a>
        </p>
      ) : null}
      <p>
        <LinkButton
          href={`/parties/${task.party_id}/call?task=${task.id}${task.action_id ? `&action=${task.action_id}` : ''}`}
          icon="phone"
          tone="primary"
        >
          Telephone them
        </LinkButton>
      </p>
      {detail.reason === 'needs-web-interface' && task.correction_id !== null ? (
        <p>
          Then say <a href={`/corrections/${task.correction_id}/follow-up/remote-interface`}>what came of it</a>: a way
          that was found makes the correction open again and ends this task.
        </p>
      ) : (
        <p>Write down the way you found when you end the task: it stays with the party.</p>
      )}
    </Card>
  );
}

/** Letters nobody knows the end of: a few of them, and the page that settles each or all. */
export async function unsureMend(ctx: Context, task: Task): Promise<VNode | null> {
  if (task.action_id === null) return null;
  const { letters, total } = await loadUnsure(ctx.db, task.action_id);
  return (
    <Card title={total === 1 ? '1 letter is in doubt' : `${total} letters are in doubt`}>
      <p>
        The server stopped while they were being handed over. The log of the mail server knows each by its Message-ID.
      </p>
      <ul class="ff-plain-list">
        {letters.map((row) => (
          <li key={row.id}>
            <a href={`/deliveries/${row.id}`}>{row.address}</a> <Identifier>{row.message_id}</Identifier>
          </li>
        ))}
      </ul>
      {total > 0 && allows(ctx.actor, 'delivery.control') ? (
        <p>
          <LinkButton href={`/actions/${task.action_id}/unsure`} tone="primary">
            Say for each or all: it left, or send it again
          </LinkButton>
        </p>
      ) : null}
    </Card>
  );
}
