-- Kits: where they go and how, when each step was, and what was frozen when they were prepared.
alter table kit
  add column way text not null default 'post' check (way in ('post', 'visit')),
  add column contact_id bigint references contact,
  add column link_id bigint references link,
  -- name, attention, street, postcode, city, region, country, phone: as they were asked for
  add column ship_to jsonb not null default '{}',
  add column visit_on date,
  add column shipped_at timestamptz,
  -- set once somebody said that it arrived, and stays when it comes back or is destroyed: the rung of evidence
  add column received_at timestamptz,
  add column ended_at timestamptz,
  -- everything written in its papers; null before it is prepared
  add column papers jsonb,
  -- SHA-256 of its list of files: the same each time it is made
  add column contents_sha256 text not null default '';

update kit set shipped_at = state_since where state = 'shipped';
update kit set shipped_at = state_since, received_at = state_since where state in ('received', 'returned', 'destroyed');
update kit set ended_at = state_since where state in ('returned', 'destroyed', 'cancelled');
create index kit_contact on kit (contact_id);
create index kit_package on kit (package_id, state);

-- Papers that are kept as they were, because what they say follows the ledger: the recipient's form.
create table kit_paper (
  kit_id bigint not null references kit,
  -- where it lies in the kit, e.g. `form/FSN2022-1230-form-de.pdf`
  path text not null,
  file_id bigint not null references file,
  primary key (kit_id, path)
);

-- A further kind of mail: a kit is on its way. The list as it stands is lengthened, whatever came before.
do $$
declare listed text;
begin
  select string_agg(quote_literal(kind), ', ') into listed from (
    select distinct (regexp_matches(pg_get_constraintdef(oid), '''([a-z-]+)''::text', 'g'))[1] as kind
      from pg_constraint where conname = 'delivery_kind_check' and conrelid = 'delivery'::regclass
    union select 'kit-shipped') kinds;
  alter table delivery drop constraint delivery_kind_check;
  execute format('alter table delivery add constraint delivery_kind_check check (kind in (%s))', listed);
end $$;
