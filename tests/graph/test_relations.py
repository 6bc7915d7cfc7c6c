from __future__ import annotations

from graph.schema import EdgeKey
from tests.contract.relation import RelationContract


class TestAnIntentOfOnesOwn(RelationContract):
    table = '[[edges]]\nrelation = "TRIED_ON"\nsource = "Person"\ntarget = "Product"\nrole = "intend"\n'
    key, role, group = EdgeKey("Person", "TRIED_ON", "Product"), "intend", "interactions"


class TestAPurchaseOfOnesOwn(RelationContract):
    table = '[[edges]]\nrelation = "LEASED"\nsource = "Person"\ntarget = "Vehicle"\nrole = "acquire"\nstate = true\n'
    key, role, group = EdgeKey("Person", "LEASED", "Vehicle"), "acquire", "ownership"


class TestATieOfOnesOwn(RelationContract):
    table = '[[edges]]\nrelation = "FRIEND_OF"\nsource = "Person"\ntarget = "Person"\nrole = "follow"\n'
    key, role, group = EdgeKey("Person", "FRIEND_OF", "Person"), "follow", "social"
