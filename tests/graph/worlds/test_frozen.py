"""The bytes of version 1 of the worlds for given parameters are fixed: figures elsewhere are quoted for them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

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
# The same of the other kinds.
FURTHER = {
    "car-rental": {
        "mapping.toml": "fc099c6ad5cc3ba8eff71e506eb15901202c7a25deff8bf799b2d8e7c77de6bb",
        "schema.toml": "33e2e0c7e2e8d41a463000f3a3bcfc59f16856bc8c9d9b93239ef0b96a8d572e",
        "users.csv": "0caf5fbcb14f04289e927587abcf2a75f3ee8695a41a20fd17f38e3f38b9f466",
        "kols.csv": "333259a9fba4a06d368002e36d73a98290d3db697399640d6b7988156c8d01ab",
        "topics.csv": "b98251a5b45f6756864a18d81551099d1ed3d639eafa90bd406cfca9e2a8bc35",
        "favourited_vehicle.csv": "b7e57d6f1af36006b829dbcd4c9785b58b0d87adbe40bebcc1e2fb3dbf34b144",
        "pickups.csv": "f9fcb5519eaf57933500fd72b0149e80e299536a4e265a94fe972a8fc16ea0de",
        "follows.csv": "ac1ff43465170d8a7b065572321ce09a1b7f197f6ef35360fe8abbb0f0eae1d3",
        "interacted.csv": "e6fe5b2379291625134a6a020f895483f84022c5b0db4458f03e6d6aad323e4a",
        "promotes_vehicle.csv": "6f39b0d54fd6b72c67bb70de20fdd54c9b82ba8bce1e5d94e68d49af9d88da2a",
        "referrals.csv": "8e97c967fe2b8222374ea702784342258da683c09058e3592b0f12900f8c646b",
        "truth/truth.json": "9ef47560f2236b258f2075a711d5005566dee7847d8ed27c8549ee83710b00e8",
    },
    "e-commerce": {
        "mapping.toml": "15779a0c3a5839fe35a3f614985ff6185b0022e84c683806f72a5aab94d77746",
        "schema.toml": "522c3a00c33c509b1429bf42c99e6591aff243e225ff83c0fa5882f7795f14a7",
        "users.csv": "860f7e6f2643886c1b4f1642203163d7b552e3cf779328395c06e5fc0aec35f5",
        "kols.csv": "2768461e46ea1764677736e5dce477ac3ca4e0decb818bb14c3d332253057989",
        "topics.csv": "57e25e525ad7b1c00c19cc574878e638e91a3c3a50ea8b6aa016f8b8e6446a3b",
        "favourited_product.csv": "9ab874f4103cf6d66358f09c438d5b4ab2fc436e1651da3ef4ab4dc2b208f7d7",
        "carted_product.csv": "60ee18c8b0882c1ade118ac644c9bf65855b9ffb2e46c0b653f69d7867f90483",
        "follows.csv": "940dea169fa1e6996db1a63d6116d38abe4114645432b1f9d50d92791836ccaa",
        "interacted.csv": "749d8591d939e74e72f018975d36f96c733656dfa79dc4141253ec4bda20cd3a",
        "live_streams.csv": "9a28eb22ef7fcd6cb358da225c158290074c1f62bff7e5b386b6ca375309d8cf",
        "referrals.csv": "085f7d8b0abe5cc6e04b206ef8f398f1818ec8abddc4035d0e91f1bfe0e13a7c",
        "truth/truth.json": "dd92d39452177a04c338c8ed0671e61ec137bd1a8c4ad0d90fd490969418497b",
    },
}


def test_ev_retail_is_frozen_to_the_byte(tmp_path: Path) -> None:
    made = synthesise(tmp_path / "world", users=300, seed=5).directory
    assert {name: hashlib.sha256((made / name).read_bytes()).hexdigest() for name in FILES} == FILES


@pytest.mark.parametrize("world", FURTHER)
def test_the_other_kinds_are_frozen_to_the_byte(world: str, tmp_path: Path) -> None:
    made = synthesise(tmp_path / "world", world=world, users=300, seed=5).directory
    assert {name: hashlib.sha256((made / name).read_bytes()).hexdigest() for name in FURTHER[world]} == FURTHER[world]
