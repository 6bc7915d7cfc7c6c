// name: check-missing-values
// purpose: Data quality: which columns of people, products and vehicles are empty, and how often.
// sample
// column type text: Person, KOL, Product or Vehicle
// column property text: the column
// column missing integer: how many have no value there
// column total integer: how many there are
// column share decimal: missing / total
OPTIONAL MATCH (p:Person)
WITH count(p) AS people, count(p.name) AS p_name, count(p.city) AS p_city, count(p.gender) AS p_gender,
     count(p.age_band) AS p_age, count(p.signup) AS p_signup
OPTIONAL MATCH (k:KOL)
WITH people, p_name, p_city, p_gender, p_age, p_signup,
     count(k) AS kols, count(k.followers) AS k_followers, count(k.cost) AS k_cost
OPTIONAL MATCH (o:Product)
WITH people, p_name, p_city, p_gender, p_age, p_signup, kols, k_followers, k_cost,
     count(o) AS products, count(o.name) AS o_name, count(o.brand) AS o_brand, count(o.category) AS o_category,
     count(o.price) AS o_price
OPTIONAL MATCH (v:Vehicle)
WITH people, p_name, p_city, p_gender, p_age, p_signup, kols, k_followers, k_cost,
     products, o_name, o_brand, o_category, o_price,
     count(v) AS vehicles, count(v.name) AS v_name, count(v.brand) AS v_brand, count(v.body) AS v_body,
     count(v.price) AS v_price
UNWIND [
  {type: 'Person', property: 'name', total: people, known: p_name},
  {type: 'Person', property: 'city', total: people, known: p_city},
  {type: 'Person', property: 'gender', total: people, known: p_gender},
  {type: 'Person', property: 'age_band', total: people, known: p_age},
  {type: 'Person', property: 'signup', total: people, known: p_signup},
  {type: 'KOL', property: 'followers', total: kols, known: k_followers},
  {type: 'KOL', property: 'cost', total: kols, known: k_cost},
  {type: 'Product', property: 'name', total: products, known: o_name},
  {type: 'Product', property: 'brand', total: products, known: o_brand},
  {type: 'Product', property: 'category', total: products, known: o_category},
  {type: 'Product', property: 'price', total: products, known: o_price},
  {type: 'Vehicle', property: 'name', total: vehicles, known: v_name},
  {type: 'Vehicle', property: 'brand', total: vehicles, known: v_brand},
  {type: 'Vehicle', property: 'body', total: vehicles, known: v_body},
  {type: 'Vehicle', property: 'price', total: vehicles, known: v_price}
] AS cell
WITH cell.type AS type, cell.property AS property, cell.total AS total, cell.total - cell.known AS missing
WHERE missing > 0
RETURN type AS type,
       property AS property,
       missing AS missing,
       total AS total,
       round(toFloat(missing) / total, 4) AS share
ORDER BY share DESC, type, property
