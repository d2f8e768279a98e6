/** How a kit goes, where to and to whom: the same fields where one is asked for and where it is changed. */
import type { VNode } from 'preact';
import { countries } from '../../../domain/country.ts';
import type { KitWay, ShipTo } from '../../../domain/kit.ts';
import { type FormBody, fieldText } from '../../context.ts';
import { RadioGroup, Select, TextInput } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';

export interface Recipient {
  id: number;
  name: string;
  languages: string[];
}

export interface AddressFieldsProps {
  form: FormState;
  way: KitWay;
  address: Partial<ShipTo>;
  contacts: readonly Recipient[];
  contactId: number | null;
  /** An address has to be given, else what we know of the site is taken. */
  required?: boolean;
}

export function AddressFields({ form, way, address, contacts, contactId, required }: AddressFieldsProps): VNode {
  const line = (name: keyof ShipTo, label: string, must = false) => (
    <TextInput
      form={form}
      name={name}
      label={label}
      value={address[name] ?? ''}
      maxLength={name === 'postcode' ? 30 : name === 'phone' ? 60 : 200}
      {...(name === 'postcode' ? { width: 12 as const } : {})}
      {...(must && required ? { required: true } : {})}
    />
  );
  return (
    <>
      <RadioGroup
        form={form}
        name="way"
        label="How it goes"
        value={way}
        options={[
          { value: 'post', label: 'By post or courier' },
          { value: 'visit', label: 'An engineer brings it and installs it' },
        ]}
      />
      {contacts.length > 0 ? (
        <Select
          form={form}
          name="contactId"
          label="For whom"
          hint="Its papers are in this person’s languages."
          value={contactId === null ? '' : String(contactId)}
          options={contacts.map((one) => ({
            value: String(one.id),
            label: `${one.name}${one.languages.length > 0 ? ` (${one.languages.join(', ')})` : ''}`,
          }))}
        />
      ) : null}
      {line('name', 'Organisation', true)}
      {line('attention', 'For the attention of')}
      {line('street', 'Street and number', true)}
      {line('postcode', 'Postcode')}
      {line('city', 'Town', true)}
      {line('region', 'Region')}
      <Select
        form={form}
        name="country"
        label="Country"
        value={address.country ?? ''}
        placeholder="–"
        options={countries().map(({ code, name }) => ({ value: code, label: name }))}
        {...(required ? { required: true } : {})}
      />
      {line('phone', 'Telephone')}
    </>
  );
}

const LINES = ['name', 'attention', 'street', 'postcode', 'city', 'region', 'country', 'phone'] as const;

/** The same fields as the use case takes them; the address is left out where nobody knows street and town. */
export function readAddress(body: FormBody): { way?: string; contactId?: number; shipTo?: Record<string, string> } {
  const shipTo = Object.fromEntries(LINES.map((name) => [name, fieldText(body, name).trim()]));
  const contact = fieldText(body, 'contactId');
  const way = fieldText(body, 'way');
  return {
    ...(way === '' ? {} : { way }),
    ...(contact === '' ? {} : { contactId: Number(contact) }),
    ...(shipTo.street === '' && shipTo.city === '' ? {} : { shipTo }),
  };
}

/** Errors of `shipTo.city` belong to the field `city`. */
export const addressField = (path: string): string =>
  path.startsWith('correctionIds') ? 'correctionIds' : path.replace(/^shipTo\./, '');
