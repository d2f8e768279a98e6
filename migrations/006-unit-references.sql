-- Foreign keys ask once per row; a million units of an import would ask four million times, which takes longer than all
-- the rest. The references of units are therefore checked once per statement: the same refusal (23503), the same locks on
-- what is referred to, and products, parties and sites with units cannot be deleted.
alter table unit
  drop constraint unit_product_id_fkey,
  drop constraint unit_site_id_fkey,
  drop constraint unit_party_id_fkey,
  drop constraint unit_sold_through_id_fkey;

-- Locks and counts what the arrays name (distinct, not null).
create function refuse_lost_unit_references(products bigint[], sites bigint[], parties bigint[]) returns void
language plpgsql as $$
declare found_products int; found_sites int; found_parties int;
begin
  select count(*) into found_products from (select from product where id = any(products) for key share) p;
  select count(*) into found_sites from (select from site where id = any(sites) for key share) s;
  select count(*) into found_parties from (select from party where id = any(parties) for key share) p;
  if found_products < coalesce(cardinality(products), 0) or found_sites < coalesce(cardinality(sites), 0)
      or found_parties < coalesce(cardinality(parties), 0) then
    raise exception 'a unit refers to a product, site or party that does not exist' using errcode = '23503', table = 'unit';
  end if;
end $$;

create function check_new_units() returns trigger language plpgsql as $$
begin
  perform refuse_lost_unit_references(
    (select array_agg(distinct product_id) from new_rows),
    (select array_agg(distinct site_id) from new_rows),
    (select array_agg(distinct id) from (select party_id as id from new_rows union select sold_through_id from new_rows) p
      where id is not null));
  return null;
end $$;
create trigger unit_references_insert after insert on unit referencing new table as new_rows
  for each statement execute function check_new_units();

create function check_moved_units() returns trigger language plpgsql as $$
begin
  perform refuse_lost_unit_references(
    (select array_agg(distinct n.product_id) from new_rows n join old_rows o using (id) where n.product_id <> o.product_id),
    (select array_agg(distinct n.site_id) from new_rows n join old_rows o using (id) where n.site_id <> o.site_id),
    (select array_agg(distinct p.id) from (
      select n.party_id as id from new_rows n join old_rows o using (id) where n.party_id <> o.party_id
      union
      select n.sold_through_id from new_rows n join old_rows o using (id)
        where n.sold_through_id is distinct from o.sold_through_id) p where p.id is not null));
  return null;
end $$;
create trigger unit_references_update after update on unit referencing old table as old_rows new table as new_rows
  for each statement execute function check_moved_units();

create function keep_unit_references() returns trigger language plpgsql as $$
declare used boolean;
begin
  if tg_table_name = 'product' then
    used := exists (select from old_rows o join unit u on u.product_id = o.id);
  elsif tg_table_name = 'site' then
    used := exists (select from old_rows o join unit u on u.site_id = o.id);
  else
    used := exists (select from old_rows o join unit u on u.party_id = o.id or u.sold_through_id = o.id);
  end if;
  if used then
    raise exception 'units refer to this %', tg_table_name using errcode = '23503', table = tg_table_name;
  end if;
  return null;
end $$;
create trigger product_units_keep after delete on product referencing old table as old_rows
  for each statement execute function keep_unit_references();
create trigger site_units_keep after delete on site referencing old table as old_rows
  for each statement execute function keep_unit_references();
create trigger party_units_keep after delete on party referencing old table as old_rows
  for each statement execute function keep_unit_references();
