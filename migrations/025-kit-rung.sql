-- A kit counts as the file from when somebody said that it arrived (019-kit-shipment.sql), and no longer when that is taken
-- back: one that came back unseen was never there.
create or replace view correction_reach as
  select c.id,
    (select o.notified_at from obligation o where o.action_id = c.action_id and o.party_id = c.party_id) as notified_at,
    least(
      (select min(coalesce(d.finished_at, d.started_at, d.changed_at))
         from download d join package k on k.id = d.package_id
           join environment e on e.id = c.environment_id join product p on p.id = e.product_id
        where d.party_id = c.party_id and k.remedy_id = c.remedy_id and (d.state = 'finished' or d.handed_over)
          and package_is_for(k.applies, p.code, e.code)),
      (select min(t.received_at) from kit_correction x join kit t on t.id = x.kit_id
        where x.correction_id = c.id and t.party_id = c.party_id)
    ) as has_file_at
    from correction c;

drop trigger kit_file on kit;
create or replace function carry_kit() returns trigger language plpgsql as $$
begin
  update correction c set has_file_at = r.has_file_at
    from kit_correction x join correction_reach r on r.id = x.correction_id
   where x.kit_id = new.id and c.id = x.correction_id and c.has_file_at is distinct from r.has_file_at;
  return null;
end $$;
create trigger kit_file after update on kit
  for each row when (new.received_at is distinct from old.received_at) execute function carry_kit();

update correction c set has_file_at = r.has_file_at from correction_reach r
 where r.id = c.id and (c.has_file_at is null) <> (r.has_file_at is null);
