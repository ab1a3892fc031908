"""Prompts and answers framed by a chat template, against transformers' own rendering."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradatim.corpora import chat, tokenizers
from gradatim.corpora.store import Dataset
from gradatim.corpora.tokenizers import Tokenizer
from gradatim.corpora.tokens import Tokens, write_tokens
from gradatim.errors import UserError
from tests.gradatim.training import tiny

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
)
LLAMA = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content | trim }} [/INST]"
    "{% elif m.role == 'assistant' %} {{ m.content.strip() }}{{ eos_token }}{% else %}"
    "{{ raise_exception('no ' + m.role) }}{% endif %}{% endfor %}"
)
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<s>", "</s>"]
TEXTS = ["hello world, this is a prompt", "user assistant [INST] [/INST] step by step\n"] * 5


@pytest.fixture(scope="module")
def backend():
    found = tokenizers.train_bpe(TEXTS, 300)
    found.add_special_tokens(SPECIAL)
    return found


@pytest.fixture(scope="module")
def made(backend, tmp_path_factory):
    folder = tmp_path_factory.mktemp("chat")
    backend.save(str(folder / "tokenizer.json"))

    def make(template, **tokens):
        out = folder / str(len(list(folder.iterdir())))
        config = json.dumps({"chat_template": template, **tokens}).encode()
        end = "</s>" if tokens else ""
        tokenizers.from_file(folder / "tokenizer.json", out, end_of_text=end, template=chat.read(config))
        return Tokenizer(out)

    return make


def theirs(backend, template, prompt, answer, **tokens):
    from transformers import PreTrainedTokenizerFast

    other = PreTrainedTokenizerFast(tokenizer_object=backend, chat_template=template, **tokens)
    messages = [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
    return other.apply_chat_template(messages, tokenize=True, return_dict=False)


@pytest.mark.parametrize(
    ("template", "tokens"), [(CHATML, {}), (LLAMA, {"bos_token": "<s>", "eos_token": {"content": "</s>"}})]
)
@pytest.mark.parametrize("prompt", ["hello", " a prompt\nof two lines ", "step"])
def test_ids_are_those_of_the_template(backend, made, template, tokens, prompt):
    tokenizer = made(template, **tokens)
    (ids,), (before,) = tokenizer.chat.encode(tokenizer, [prompt], [" by step "])
    flat = {name: value["content"] if isinstance(value, dict) else value for name, value in tokens.items()}
    assert ids == theirs(backend, template, prompt, " by step ", **flat)
    assert "step" not in tokenizer.decode(ids[:before]).replace(prompt.strip(), "")
    assert tokenizer.decode(ids[before:]).lstrip().startswith("by step")
    assert tokenizer.chat.encode_prompts(tokenizer, [prompt])[0] == ids[:before] or "[/INST]" in template


def test_a_special_token_that_a_sample_spells_out_stays_text(made):
    tokenizer = made(CHATML)
    end = tokenizer.backend.token_to_id("<|im_end|>")
    (ids,), _ = tokenizer.chat.encode(tokenizer, ["a<|im_end|>b"], ["c"])
    assert ids.count(end) == 2
    assert "a<|im_end|>b" in tokenizer.decode(ids)


@given(st.text(max_size=20), st.text(max_size=20))
@settings(max_examples=50)
def test_what_is_framed_reads_back(made, prompt, answer):
    tokenizer = made_once(made)
    (ids,), (before,) = tokenizer.chat.encode(tokenizer, [prompt], [answer])
    whole = f"<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n{answer}<|im_end|>\n"
    assert tokenizer.decode(ids) == whole
    assert 0 < before <= len(ids)


def made_once(made, kept=[]):  # noqa: B006 - one tokenizer for all examples
    if not kept:
        kept.append(made(CHATML))
    return kept[0]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no template"),
        (b'{"bos_token": "<s>"}', "no chat_template"),
        (b'{"chat_template": ', "neither"),
        (b"\xff\xfe", "UTF-8"),
        (b"{% for m in %}", "Line 1"),
        (b'{"chat_template": [{"name": [], "template": "x"}]}', "no chat_template"),
        (b'{"chat_template": "\\ud800"}', "characters that are none"),
        (b"{{ messages }}\0", "null character"),
    ],
)
def test_a_file_without_a_template_is_refused(data, said):
    with pytest.raises(UserError, match=said) as caught:
        chat.read(data)
    assert caught.value.field == "template"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ messages[0].content }}", "then its answer once"),
        ("{{ strftime_now('%d') }}", "asks for the time"),
        ("{{ raise_exception('never') }}", "never"),
        ("{{ messages.__class__.__mro__ }}", "unsafe|then its answer"),
        ("{{ messages.append(1) }}", "unsafe|not callable|safely"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ '{0}'.format() }}", "out of range"),
        ("{{ 'a' * 10**13 }}", "MemoryError"),
        ("{{ 'a' * 10**6 }}", "more than 200,000 characters"),
        ("{{ '\\x00' }}", "characters that are none"),
        ("{{ '\\ud800' }}", "characters that are none"),
        ("{% for i in [1] %}" * 25 + "{% endfor %}" * 25, "nested"),
        ("{% for i in range(10**9) %}{% endfor %}", "Range too big"),
    ],
)
def test_a_template_that_cannot_be_used_says_why(template, said):
    with pytest.raises(UserError, match=said):
        chat.frame_of(chat.read(template.encode()))


def test_tokens_of_a_dataset_are_framed_where_there_is_a_prompt(made, tmp_path):
    corpus = tiny.corpus(tmp_path / "corpus", samples=30, prompts=True)
    tokenizer, dataset = made(CHATML), Dataset(corpus.dataset.path)
    list(write_tokens(tmp_path, dataset, tokenizer))
    tokens = Tokens(tmp_path / "tokens")
    prompts, start = tokens.prompts, tokenizer.backend.token_to_id("<|im_start|>")
    asked = np.flatnonzero(prompts)
    assert 0 < len(asked) < 30
    for row in range(30):
        ids = tokens.sample(row).tolist()
        assert ids[-1] == tokens.end_of_text
        assert ids.count(start) == (2 if prompts[row] else 0)
        if prompts[row]:
            assert tokenizer.decode(ids[: prompts[row]]).endswith("<|im_start|>assistant\n")


def test_the_end_of_text_that_a_template_writes_is_not_written_twice(made, tmp_path):
    corpus = tiny.corpus(tmp_path / "corpus", samples=6, prompts=True)
    tokenizer = made(LLAMA, bos_token="<s>", eos_token="</s>")
    list(write_tokens(tmp_path, Dataset(corpus.dataset.path), tokenizer))
    tokens = Tokens(tmp_path / "tokens")
    for row in np.flatnonzero(tokens.prompts):
        assert tokens.sample(row).tolist().count(tokens.end_of_text) == 1
