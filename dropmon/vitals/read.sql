with latest as (
  select distinct on (name, id) name, value, form_factor, navigation_type
  from {{table}}
  where received_at > pg_catalog.now() - %(seconds)s * interval '1 second'
    and (%(path)s = '' or path = %(path)s)
  order by name, id, number desc
), limits (name, good, fair) as (
  values {{limits}}
)
select name, form_factor, navigation_type,
  pg_catalog.count(*) as count,
  pg_catalog.percentile_disc(0.75) within group (order by value) as p75,
  pg_catalog.count(*) filter (where value <= good) as good,
  pg_catalog.count(*) filter (where value > good and value <= fair) as fair
from latest join limits using (name)
group by name, form_factor, navigation_type
order by 1, 2, 3
