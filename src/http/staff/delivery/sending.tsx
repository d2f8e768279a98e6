import type { VNode } from 'preact';
import { controlSending, controlSendingInput } from '../../../app/delivery-control.ts';
import { type SendingCommand, sendingCommands } from '../../../domain/delivery.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { ConfirmForm, TextArea } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { type ActionRow, withAction } from '../actions/action-page.tsx';
import { actionCrumbs } from '../actions/tabs.tsx';
import { shellOf } from '../shell.ts';

const commands: Record<
  SendingCommand,
  { title: string; question: string; text: string; confirm: string; done: string }
> = {
  pause: {
    title: 'Pause sending',
    question: 'Pause the letters of this action?',
    text: 'What waits stays in its place and leaves when you resume. What the mail server has taken cannot be called back.',
    confirm: 'Pause',
    done: 'Sending is paused.',
  },
  resume: {
    title: 'Resume sending',
    question: 'Resume the letters of this action?',
    text: 'Everything that waits leaves as it falls due, also what a stop had taken out of the queue. Nobody gets a letter twice.',
    confirm: 'Resume',
    done: 'Sending goes on.',
  },
  stop: {
    title: 'Stop sending',
    question: 'Stop the letters of this action?',
    text: 'What waits is taken out of the queue and shown as stopped. What the mail server has taken cannot be called back. Resuming puts the stopped letters back.',
    confirm: 'Stop',
    done: 'Sending is stopped.',
  },
};

function commandOf(text: string): SendingCommand {
  return sendingCommands.find((command) => command === text) ?? 'pause';
}

/** GET /actions/:id/sending?command=pause: asks before pausing, resuming or stopping. */
export function showSending(c: C): Promise<Response> {
  return withAction(c, async (action) =>
    html(c, await sendingPage(c, action, commandOf(c.req.query('command') ?? ''), freshForm())),
  );
}

async function sendingPage(c: C, action: ActionRow, command: SendingCommand, form: FormState): Promise<VNode> {
  const words = commands[command];
  return (
    <DeskPage
      shell={await shellOf(c)}
      title={words.title}
      crumbs={[...actionCrumbs(action), { href: `/actions/${action.id}/deliveries`, label: 'Deliveries' }]}
      errors={form.errors}
      width="narrow"
    >
      <ConfirmForm
        question={words.question}
        action={`/actions/${action.id}/sending`}
        hidden={{ command }}
        confirm={words.confirm}
        tone={command === 'stop' ? 'danger' : 'primary'}
        back={`/actions/${action.id}/deliveries`}
      >
        <p>{words.text}</p>
        <TextArea form={form} name="reason" label="Why" hint="Kept in the history." rows={2} required />
      </ConfirmForm>
    </DeskPage>
  );
}

/** POST /actions/:id/sending */
export function postSending(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const body = await readForm(c);
    const command = commandOf(fieldText(body, 'command'));
    const input = controlSendingInput.safeParse({ command, reason: fieldText(body, 'reason') });
    if (!input.success)
      return html(c, await sendingPage(c, action, command, refusedForm(body, errorsFromZod(input.error))), 422);
    const result = await controlSending(c.get('ctx'), action.id, input.data);
    if (isRefusal(result))
      return html(c, await sendingPage(c, action, command, refusedForm(body, [refusalError(result)])), 422);
    setFlash(c, { tone: 'done', text: commands[command].done });
    return seeOther(c, `/actions/${action.id}/deliveries`);
  });
}
