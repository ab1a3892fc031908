"""A tokenizer's chat template, as what stands around one prompt and its answer.

A template is a program of the model's maker. It is run twice, in Jinja's sandbox, on stand-ins for prompt and answer; what it put around them is kept, so that samples are
framed without running it, and a special token that a sample spells out stays text: only the frame's own become special.

Source: Hugging Face chat templates (tokenizer_config.json, "chat_template")
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from gradatim.errors import UserError

if TYPE_CHECKING:
    from gradatim.corpora.tokenizers import Tokenizer

#: Stand-ins: characters of the private use area, in no published template.
PROMPT, ANSWER = "\ue0f0", "\ue0f1"
#: A space that no template writes itself: where it is gone, the template trims.
SPACE = "\u2003"
#: No template is longer, in characters.
LIMIT = 200_000
_FIELD = "template"


@dataclass(frozen=True, slots=True)
class Template:
    """The program, and the tokens that it may name."""

    source: str
    tokens: dict[str, str]


@dataclass(frozen=True, slots=True)
class Frame:
    """``before`` prompt ``between`` answer ``after``; a prompt or an answer is trimmed where the template does so."""

    before: str
    between: str
    after: str
    trims_prompt: bool
    trims_answer: bool

    def as_dict(self) -> dict:
        return asdict(self)

    def encode(
        self, tokenizer: "Tokenizer", prompts: Sequence[str], answers: Sequence[str]
    ) -> tuple[list[list[int]], list[int]]:
        """Token ids of each framed sample, and how many of them lie before its answer; what follows the answer counts as the answer's."""
        slots = self._slots(prompts, answers)
        ids, before = [[] for _ in prompts], [0] * len(prompts)
        for run in self._runs(tokenizer, self.before, PROMPT, self.between, ANSWER, self.after):
            if isinstance(run, int):
                for sample in ids:
                    sample.append(run)
                continue
            lead = run.partition(ANSWER)[0] if ANSWER in run else ""
            starts = [len(_filled(lead, slots, k)) for k in range(len(prompts))]
            encoded, counts = tokenizer.encode_parted([_filled(run, slots, k) for k in range(len(prompts))], starts)
            for k, more in enumerate(encoded):
                if ANSWER in run:
                    before[k] = len(ids[k]) + counts[k]
                ids[k].extend(more)
        return ids, before

    def encode_prompts(self, tokenizer: "Tokenizer", prompts: Sequence[str]) -> list[list[int]]:
        """Token ids of what stands before an answer."""
        slots = self._slots(prompts, [""] * len(prompts))
        ids = [[] for _ in prompts]
        for run in self._runs(tokenizer, self.before, PROMPT, self.between):
            texts = [] if isinstance(run, int) else [_filled(run, slots, k) for k in range(len(prompts))]
            more = [[run]] * len(prompts) if isinstance(run, int) else tokenizer.encode(texts)
            for sample, found in zip(ids, more, strict=True):
                sample.extend(found)
        return ids

    def closing(self, tokenizer: "Tokenizer") -> int | None:
        """The special token that ends an answer; None where the template writes none there."""
        return next((run for run in self._runs(tokenizer, self.after) if isinstance(run, int)), None)

    def _slots(self, prompts: Sequence[str], answers: Sequence[str]) -> dict[str, list[str]]:
        return {
            PROMPT: [text.strip() for text in prompts] if self.trims_prompt else list(prompts),
            ANSWER: [text.strip() for text in answers] if self.trims_answer else list(answers),
        }

    def _runs(self, tokenizer: "Tokenizer", *parts: str) -> list[str | int]:
        """The parts as special tokens, by id, and the texts between them, in which the stand-ins still stand."""
        special = {
            token.content: key for key, token in tokenizer.backend.get_added_tokens_decoder().items() if token.special
        }
        whole = "".join(parts)
        if not special:
            return [whole]
        longest_first = sorted(special, key=len, reverse=True)
        found = re.split("(" + "|".join(map(re.escape, longest_first)) + ")", whole)
        return [special.get(piece, piece) for piece in found if piece]


def _filled(run: str, slots: dict[str, list[str]], k: int) -> str:
    """Both at once, so that a stand-in in a sample is left alone."""
    return re.sub(f"[{PROMPT}{ANSWER}]", lambda found: slots[found[0]][k], run)


def read(data: bytes) -> Template:
    """The template in a tokenizer_config.json, or a file that holds nothing else; ``UserError`` where there is none."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise UserError("The template is not UTF-8 text.", field=_FIELD) from None
    if "\0" in text:
        raise UserError("The template holds a null character.", field=_FIELD)
    tokens = {}
    if re.match(r'\s*\{\s*"', text):  # a template begins with {{ or {% or with text
        text, tokens = _of_config(text)
    if not text.strip():
        raise UserError("There is no template in this file.", field=_FIELD)
    if not _storable(text):  # JSON may spell out what no file holds
        raise UserError("The template holds characters that are none.", field=_FIELD)
    if len(text) > LIMIT:
        raise UserError(f"The template is longer than {LIMIT:,} characters.", field=_FIELD)
    check(text)
    return Template(text, tokens)


def _of_config(text: str) -> tuple[str, dict[str, str]]:
    try:
        config = json.loads(text)
    except (ValueError, RecursionError):
        raise UserError("This is neither a tokenizer_config.json nor a template.", field=_FIELD) from None
    found = config.get("chat_template")
    if isinstance(found, list):  # several by name
        named = (row.get("template") for row in found if isinstance(row, dict) and row.get("name") == "default")
        found = next(named, None)
    if not isinstance(found, str):
        raise UserError("This tokenizer_config.json holds no chat_template.", field=_FIELD)
    tokens = {}
    for name, value in config.items():
        value = value.get("content") if isinstance(value, dict) else value
        if name.endswith("_token") and isinstance(value, str):
            tokens[name] = value
    return found, tokens


def check(source: str) -> None:
    """``UserError`` where it is no template; nothing of it is run."""
    import jinja2

    try:
        _environment().parse(source)
    except jinja2.TemplateSyntaxError as error:
        raise UserError(f"Line {error.lineno} of the template: {error.message}.", field=_FIELD) from None
    except RecursionError:
        raise UserError("The template is nested too deeply.", field=_FIELD) from None


def frame_of(template: Template) -> Frame:
    """Run the template on stand-ins. It is somebody else's program: only a process that may be killed does this."""
    messages = [
        {"role": "user", "content": f"{SPACE}{PROMPT}{SPACE}"},
        {"role": "assistant", "content": f"{SPACE}{ANSWER}{SPACE}"},
    ]
    try:
        program = _environment().from_string(template.source)
        said = program.render(messages=messages, add_generation_prompt=False, **template.tokens)
    except Exception as error:  # a program may fail in any way, and this one is not ours
        why = str(error) or type(error).__name__
        raise UserError(f"The template fails on a prompt with its answer: {why}.", field=_FIELD) from None
    if len(said) > LIMIT:
        raise UserError(f"The template writes more than {LIMIT:,} characters around a prompt.", field=_FIELD)
    if not _storable(said):
        raise UserError("The template writes characters that are none.", field=_FIELD)
    if said.count(PROMPT) != 1 or said.count(ANSWER) != 1 or said.index(PROMPT) > said.index(ANSWER):
        raise UserError("The template does not show a prompt once, and then its answer once.", field=_FIELD)
    trims = [f"{SPACE}{sign}{SPACE}" not in said for sign in (PROMPT, ANSWER)]
    before, rest = said.replace(SPACE, "").split(PROMPT)
    between, after = rest.split(ANSWER)
    return Frame(before, between, after, *trims)


def _storable(text: str) -> bool:
    """Neither a null character, which the database refuses, nor half of a surrogate pair, which UTF-8 does."""
    return "\0" not in text and not re.search("[\ud800-\udfff]", text)


def _environment():
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def refuse(message: str = ""):
        raise ValueError(message)

    def clock(format: str = ""):
        raise ValueError("it asks for the time, so that no two runs would read the same")

    found = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
    found.filters["tojson"] = lambda value, **more: json.dumps(value, ensure_ascii=False, **more)
    found.globals |= {"raise_exception": refuse, "strftime_now": clock}
    return found
