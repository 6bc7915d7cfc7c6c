"""The bytes of ev-retail for given parameters are fixed: figures elsewhere are quoted for them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from graph.worlds.synth import synthesise

# SHA-256 of files of 300 users with seed 5; text and whole numbers only, so that no rounding of a processor shows.
FILES = {
    "mapping.toml": "88e251eb54e6b9235151351e6d39c201497e9549a4afecd14d156693b75f7e5b",
    "users.csv": "1e9c3d657a8f8db7b4253c5581df231abe261689eeded655466b70c23ed182b8",
    "kols.csv": "95aba2d94b190ce5e8bb87772470186d77066658be7c280fcdaa386d3abc50f5",
    "products.csv": "e5c37c51dfc3a5e77be73baaf122260340793f9677b7c25364f822e60c86dd6f",
    "vehicles.csv": "255a8eb9b7aaf7986ae8d686cfa4901dc305a8d7c3428866105a33430fd3e31e",
    "topics.csv": "fee17b7c0d00230342a128a1cf0548ea8fe8b8e5044d6f30776172f5f62c9b89",
    "searched_topic.csv": "44db434e7742e087fa381b01996f47340737ac314c32e9e2eabfc1c1c6f69182",
    "favourited_vehicle.csv": "530d7e04ee43b55bc74828e7feeb17146d00bb632e19251ee803ffd6dcf0dcdb",
    "bought_product.csv": "582476a449a05e98c92a101de4cd7c163a90a5180fa55f688d9f3a2e7c03bb4e",
    "test_drove_vehicle.csv": "dbc84f2d381ceb3477aa5fd5b702f57628df59849d1a4926d75bdbea673c4d32",
    "follows.csv": "63dc853f79ed4348b65c72cf4996d340ad5ea2ba90ebea4fe923b6273ba6ca0b",
    "interacted.csv": "80d7e0930b398899f6e921a4eac2af39e3af32f59b734f03020b982d9daadfd3",
    "promotes_vehicle.csv": "a6103c370a9bbbe9fb7e7ed1fd45578b89274e17e533ae7a591c60d89d7ff4d8",
    "mentions_topic.csv": "ac9c18382334dd01723183fa090c4fa98695020ea4dc1f1060a5d88d37a12a8a",
    "truth/community.npy": "77966ba6045063224833911768bf197e7ea272397a44938f738196c076b2ee3e",
    "truth/cause_bought_product.npy": "79ebe342de2fb46f5ba7b717bd4387366ab5f8a9d3d96ee7b2dfef693322762d",
    "truth/truth.json": "ddcb1cbf0a79ced8258248c3ba2312d714f8ba8599db255aa53a55ede0286fa9",
}


def test_ev_retail_is_frozen_to_the_byte(tmp_path: Path) -> None:
    made = synthesise(tmp_path / "world", users=300, seed=5).directory
    assert {name: hashlib.sha256((made / name).read_bytes()).hexdigest() for name in FILES} == FILES
