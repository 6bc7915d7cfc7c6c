import numpy as np
import pytest
import scipy.sparse as sp
import torch

from gnn.losses import sampled_softmax
from gnn.operators import Operator, propagate


def random_operator(n: int, m: int, seed: int = 0) -> tuple[Operator, torch.Tensor]:
    rng = np.random.default_rng(seed)
    matrix = sp.random_array((n, m), density=0.3, rng=rng, format="csr")
    matrix.sort_indices()
    dense = torch.from_numpy(matrix.toarray().astype(np.float32))
    return Operator.of(matrix.indptr, matrix.indices, matrix.data, shape=(n, m)), dense


@pytest.mark.parametrize("transposed", [False, True])
def test_forward_and_backward_equal_the_dense_product(transposed: bool) -> None:
    operator, dense = random_operator(7, 5)
    dense = dense.T if transposed else dense
    x = torch.randn(dense.shape[1], 3, requires_grad=True)
    y = x.detach().clone().requires_grad_()
    ours, theirs = propagate(operator, x, transposed=transposed), dense @ y
    up = torch.randn_like(ours)
    ours.backward(up)
    theirs.backward(up)
    assert torch.allclose(ours, theirs, atol=1e-6)
    assert torch.allclose(x.grad, y.grad, atol=1e-6)


def test_values_can_be_exchanged() -> None:
    operator, dense = random_operator(6, 6)
    kept = torch.zeros_like(operator.values)
    kept[::2] = operator.values[::2]
    x = torch.randn(6, 2)
    masked = torch.zeros_like(dense)
    row = np.repeat(np.arange(6), np.diff(operator.offsets.numpy()))
    masked[row, operator.columns.long()] = kept
    assert torch.allclose(propagate(operator, x, values=kept), masked @ x, atol=1e-6)
    assert torch.allclose(propagate(operator, x, values=kept, transposed=True), masked.T @ x, atol=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_equal_to_lgconv_of_pytorch_geometric() -> None:
    """On a bipartite graph with symmetric normalisation, in both directions, with gradients."""
    from torch_geometric.nn import LGConv

    rng = np.random.default_rng(2)
    users, items = 9, 6
    pairs = np.unique(rng.integers(0, [users, items], (30, 2)), axis=0)
    forth = pairs + np.array([0, users])
    both = np.concatenate([forth, forth[:, ::-1]])
    adjacency = sp.coo_array((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(15, 15)).tocsr()
    root = np.sqrt(np.maximum(adjacency.sum(axis=1), 1))
    normal = (sp.diags_array(1 / root) @ adjacency @ sp.diags_array(1 / root)).tocsr()
    normal.sort_indices()
    operator = Operator.of(normal.indptr, normal.indices, normal.data, shape=(15, 15))
    x = torch.randn(15, 4, requires_grad=True)
    y = x.detach().clone().requires_grad_()
    ours, theirs = propagate(operator, x), LGConv()(y, torch.from_numpy(both.T.copy()))
    ours.square().sum().backward()
    theirs.square().sum().backward()
    assert torch.allclose(ours, theirs, atol=1e-6)
    assert torch.allclose(x.grad, y.grad, atol=1e-5)


def test_sampled_softmax_of_all_items_is_cross_entropy() -> None:
    people, items, bias = torch.randn(3, 4), torch.randn(7, 4), torch.randn(7)
    rows, positives = torch.tensor([0, 0, 2]), torch.tensor([1, 5, 6])
    loss = sampled_softmax(people, items, bias, rows=rows, positives=positives, weights=torch.ones(3))
    expected = torch.nn.functional.cross_entropy((people @ items.T + bias)[rows], positives)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)


def test_a_sample_of_negatives_estimates_the_whole() -> None:
    torch.manual_seed(0)
    people, items, bias = torch.randn(4, 8) * 0.3, torch.randn(4000, 8) * 0.3, torch.zeros(4000)
    pairs = {"rows": torch.arange(4), "positives": torch.arange(4), "weights": torch.ones(4)}
    exact = sampled_softmax(people, items, bias, **pairs)
    sampled = sampled_softmax(people, items, bias, negatives=torch.randperm(4000)[:1000], **pairs)
    assert sampled.item() == pytest.approx(exact.item(), rel=0.02)
