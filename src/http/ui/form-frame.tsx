/** The form around the fields, and the buttons that send it. */
import type { ComponentChildren, VNode } from 'preact';
import { Icon } from './icons.tsx';
import { useWords } from './words.ts';

/** Values that travel with a form unseen. Never secrets, never a decision the server must trust. */
export function HiddenInput({ name, value }: { name: string; value: string | number }): VNode {
  return <input type="hidden" name={name} value={value} />;
}

export type FormProps = {
  action: string;
  /** `get` for filters and searches only. */
  method?: 'post' | 'get';
  /** The form sends files. */
  upload?: boolean;
  id?: string;
  class?: string;
  /** Spoken name, where a page has several forms. */
  label?: string;
  children: ComponentChildren;
};

/** A form whose validation is ours. */
export function Form({ action, method = 'post', upload, id, class: extra, label, children }: FormProps): VNode {
  return (
    <form
      id={id}
      class={extra}
      action={action}
      method={method}
      enctype={upload ? 'multipart/form-data' : undefined}
      noValidate
      aria-label={label}
    >
      {children}
    </form>
  );
}

export type SubmitButtonProps = {
  children: ComponentChildren;
  /** `primary`: the one thing this page is for. `danger`: cannot be undone. */
  tone?: 'primary' | 'secondary' | 'danger' | 'quiet';
  icon?: string;
  name?: string;
  value?: string;
  /** id of the form, when the button stands outside it. */
  form?: string;
  formAction?: string;
  small?: boolean;
};

/** Sends the form. With JavaScript, a second press does nothing while the first is under way. */
export function SubmitButton(props: SubmitButtonProps): VNode {
  const { children, tone = 'primary', icon, small } = props;
  return (
    <button
      type="submit"
      class={`btn ff-btn-${tone}${small ? ' btn-sm' : ''}`}
      name={props.name}
      value={props.value}
      form={props.form}
      formAction={props.formAction}
    >
      {icon ? <Icon name={icon} /> : null}
      {children}
    </button>
  );
}

export type LinkButtonProps = {
  href: string;
  children: ComponentChildren;
  tone?: 'primary' | 'secondary' | 'quiet';
  icon?: string;
  small?: boolean;
};

/** A link that looks like a button: it goes somewhere and changes nothing. */
export function LinkButton({ href, children, tone = 'secondary', icon, small }: LinkButtonProps): VNode {
  return (
    <a class={`btn ff-btn-${tone}${small ? ' btn-sm' : ''}`} href={href}>
      {icon ? <Icon name={icon} /> : null}
      {children}
    </a>
  );
}

/** Buttons in a row, the first the most likely. */
export function ButtonRow({ children }: { children: ComponentChildren }): VNode {
  return <div class="ff-buttons">{children}</div>;
}

export type ConfirmFormProps = {
  /** The question, e.g. *Release notice 2 to 1,204 contacts?* */
  question: string;
  /** What will happen and whether it can be undone. */
  children?: ComponentChildren;
  action: string;
  /** What travels with the answer. */
  hidden?: Record<string, string | number>;
  /** The verb on the button, e.g. *Release*. */
  confirm: string;
  tone?: 'primary' | 'danger';
  /** Where *no* leads. */
  back: string;
  backLabel?: string;
};

/** Asks before something that cannot be undone: a page or a section of its own, no dialog. */
export function ConfirmForm(props: ConfirmFormProps): VNode {
  const { t } = useWords();
  return (
    <section class="card ff-confirm" aria-labelledby="confirm-question">
      <div class="card-body">
        <h2 id="confirm-question">{props.question}</h2>
        <Form action={props.action}>
          {props.children}
          {Object.entries(props.hidden ?? {}).map(([name, value]) => (
            <HiddenInput key={name} name={name} value={value} />
          ))}
          <ButtonRow>
            <SubmitButton tone={props.tone ?? 'primary'}>{props.confirm}</SubmitButton>
            <LinkButton href={props.back} tone="quiet">
              {props.backLabel ?? t('ui.cancel')}
            </LinkButton>
          </ButtonRow>
        </Form>
      </div>
    </section>
  );
}
