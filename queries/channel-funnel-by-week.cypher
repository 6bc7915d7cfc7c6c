// name: channel-funnel-by-week
// purpose: How each channel moved people from seeing a campaign to converting, week by week.
// sample since=2025-07-01
// parameter campaign text = : id of a campaign; nothing for all of them
// parameter since date = 1970-01-01: first day
// parameter until date = 9999-01-01: day after the last
// column week date: Monday of the week
// column channel text: where it happened, or unknown
// column shown integer: people who were shown a campaign
// column clicked integer: people who clicked
// column converted integer: people who did what the campaign asked for
// column amount decimal: what the conversions brought, in yuan
// column click_share decimal: clicked / shown, 0 where nobody was shown one
// column conversion_share decimal: converted / clicked, 0 where nobody clicked
MATCH (p:Person)-[e:EXPOSED_TO|CLICKED|CONVERTED]->(c:Campaign)
WHERE ($campaign = '' OR c.id = $campaign)
  AND date(e.time) >= date($since)
  AND date(e.time) < date($until)
WITH date.truncate('week', e.time) AS week,
     coalesce(e.channel, 'unknown') AS channel,
     count(DISTINCT CASE WHEN type(e) = 'EXPOSED_TO' THEN p END) AS shown,
     count(DISTINCT CASE WHEN type(e) = 'CLICKED' THEN p END) AS clicked,
     count(DISTINCT CASE WHEN type(e) = 'CONVERTED' THEN p END) AS converted,
     sum(CASE WHEN type(e) = 'CONVERTED' THEN coalesce(e.weight, 0.0) ELSE 0.0 END) AS amount
RETURN week AS week,
       channel AS channel,
       shown AS shown,
       clicked AS clicked,
       converted AS converted,
       round(amount, 2) AS amount,
       CASE WHEN shown = 0 THEN 0.0 ELSE round(toFloat(clicked) / shown, 4) END AS click_share,
       CASE WHEN clicked = 0 THEN 0.0 ELSE round(toFloat(converted) / clicked, 4) END AS conversion_share
ORDER BY week, channel
