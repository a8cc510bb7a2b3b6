"""nn.js in Chromium against NumPy: the same Transformer, the same unpacking of weights, the same generator."""

import base64
import json

import numpy as np
import pytest

from emergence.models import Config, MiniatureError, Transformer, pack
from emergence.models.generator import generator, normal

CONFIGS = {
    "full": Config(inputs=11, length=7, width=12, layers=2, heads=3, out=5),
    "windows": Config(inputs=6, length=9, width=16, layers=3, heads=2, out=6, windows=(2, 1, 0)),
    "continuous": Config(inputs=4, length=8, width=8, layers=2, heads=4, out=3, continuous=True),
    "attention_only": Config(
        inputs=5, length=6, width=10, layers=2, heads=1, out=4, mlp=(False, True), expand=2
    ),
    "odd_sizes": Config(inputs=3, length=5, width=9, layers=1, heads=3, out=7, expand=3),
}


def shapes(c):
    d, h = c.width, c.hidden
    found = {
        "tok": (c.inputs, d),
        "pos": (c.length, d),
        "ln.g": (d,),
        "ln.b": (d,),
        "head": (d, c.out),
    }
    for i in range(c.layers):
        found |= {
            f"{i}.ln1.g": (d,),
            f"{i}.ln1.b": (d,),
            f"{i}.qkv": (d, 3 * d),
            f"{i}.out": (d, d),
        }
        if c.mlp[i]:
            found |= {
                f"{i}.ln2.g": (d,),
                f"{i}.ln2.b": (d,),
                f"{i}.up": (d, h),
                f"{i}.up.b": (h,),
                f"{i}.down": (h, d),
                f"{i}.down.b": (d,),
            }
    return found


def random_model(config, seed):
    rng = np.random.default_rng(seed)
    weights = {
        k: (0.5 * rng.standard_normal(s)).astype(np.float16) for k, s in shapes(config).items()
    }
    return Transformer(config, weights)


@pytest.fixture(scope="module")
def js(computing):
    return computing("addition")


def packed(model):
    return base64.b64encode(pack(model.config, model.weights)).decode()


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("seed", [0, 1])
def test_transformer_in_the_browser_equals_numpy(js, name, seed):
    config = CONFIGS[name]
    model, rng = random_model(config, seed), np.random.default_rng([seed, 1])
    for length in (1, config.length - 1, config.length):
        x = (
            rng.normal(size=(1, length, config.inputs)).astype("f")
            if config.continuous
            else rng.integers(0, config.inputs, (1, length))
        )
        whole, last = js(
            """([file, x]) => { const m = new nn.Transformer(nn.unpack(bytes(file))); return [[...m.run(x)], [...m.run(x, { last: true })]]; }""",
            [packed(model), x[0].tolist()],
        )
        assert np.abs(np.reshape(whole, (length, config.out)) - model(x)[0]).max() < 1e-4
        assert np.abs(np.array(last) - model(x, last=True)[0]).max() < 1e-4


def test_hook_sees_and_replaces_the_same_sites(js):
    model, x = random_model(CONFIGS["windows"], 3), [1, 5, 0, 2]
    seen = {}

    def hook(site, value):
        seen[site] = value[0].copy()
        return value * 0.5 if site == "1.mlp" else value

    expected = model(np.array([x]), hook=hook)[0]
    sites, out = js(
        """([file, x]) => { const sites = {}, m = new nn.Transformer(nn.unpack(bytes(file)));
        const out = m.run(x, { hook: (site, value) => { sites[site] = [...value]; return site === "1.mlp" ? value.map((v) => v / 2) : undefined; } });
        return [sites, [...out]]; }""",
        [packed(model), x],
    )
    assert list(sites) == list(seen)
    for site, value in seen.items():
        assert np.abs(np.reshape(sites[site], value.shape) - value).max() < 1e-4, site
    assert np.abs(np.reshape(out, expected.shape) - expected).max() < 1e-4


def test_every_float16_number_is_unpacked(js):
    """All 63,488 finite ones: zeros of both signs, subnormals down to 2^-24, the largest, 65,504."""
    every = np.arange(2**16, dtype=np.uint16).view(np.float16)
    every = every[np.isfinite(every)]
    header = json.dumps({"config": {}, "weights": {"w": [len(every)]}}).encode()
    header += b" " * (len(header) % 2)
    file = len(header).to_bytes(4, "little") + header + every.astype("<f2").tobytes()
    got = np.array(
        js("(file) => [...nn.unpack(bytes(file)).weights.w]", base64.b64encode(file).decode())
    )
    assert (got == every.astype(float)).all()
    assert (
        np.signbit(got[every.view(np.uint16) == 0x8000]).all() and 2.0**-24 in got and 65504 in got
    )


def test_what_cannot_be_read_is_refused_in_both(js):
    model = random_model(CONFIGS["full"], 0)
    for tokens, says in (([11], "token 11 is unknown; allowed: 0 to 10"), ([0] * 8, "at most 7")):
        with pytest.raises(MiniatureError, match=says):
            model(np.array([tokens]))
        told = js(
            "([file, x]) => { try { new nn.Transformer(nn.unpack(bytes(file))).run(x); return ''; } catch (e) { return e.message; } }",
            [packed(model), tokens],
        )
        assert says in told


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**31, 2**32 - 1])
def test_generator_equals_its_twin(js, seed):
    mine = generator(seed)
    theirs = js(
        "(seed) => { const draw = nn.generator(seed); return Array.from({ length: 5000 }, draw); }",
        seed,
    )
    assert np.concatenate([mine(1), mine(1234), mine(3765)]).tolist() == theirs


def test_generator_is_uniform_and_normal_is_normal():
    u = generator(7)(200_000)
    assert (
        abs(u.mean() - 0.5) < 0.003
        and abs(u.var() - 1 / 12) < 0.001
        and (u >= 0).all()
        and (u < 1).all()
    )
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 0.01
    z = normal(generator(7), 400, 250)
    assert (
        z.shape == (400, 250)
        and abs(z.mean()) < 0.01
        and abs(z.std() - 1) < 0.01
        and abs((z**4).mean() - 3) < 0.1
    )
