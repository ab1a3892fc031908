"""What a run leaves behind: the model as others read it, and all that a later attempt needs to go on.

Everything is safetensors and JSON, and manifests come last: a folder without one was being written when its writer ended.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gradatim import artifacts
from gradatim.errors import UserError

if TYPE_CHECKING:
    import torch
    from torch import nn

    from gradatim.artifacts import Stored

#: Resume states of an attempt that are kept: the newest could be the one that a kill damaged.
KEPT = 2
_RESUME = "resume-"
#: In a checkpoint and in a state to resume from: the average of the weights, where there is one.
AVERAGED = "averaged.safetensors"


@dataclass(frozen=True, slots=True)
class Resume:
    """Where a run stands after ``step`` updates, beside model, optimizer and generators.

    ``consumed``: tokens of each stream of the plan so far; ``certificate``: one hash per update.
    """

    step: int
    run: str
    consumed: list[int]
    certificate: list[str]


def write_model(
    folder: Path, model: nn.Module, tokenizer: Path | None, meta: dict, averaged: dict[str, torch.Tensor] | None = None
) -> Stored:
    """Seal a checkpoint artifact: config.json, model.safetensors and tokenizer.json, as Hugging Face lays them out.

    Tied weights are written once, under the name that comes first in the model, as transformers expects them. ``averaged``
    weights lie beside the model's under the same names.
    """
    from safetensors.torch import save_file

    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    config = copy.deepcopy(model.config)
    config.architectures = [type(model).__name__]
    config.save_pretrained(folder)
    weights = {name: _plain(p) for p, name in _names(model).items()}
    weights |= {name: _plain(buffer) for name, buffer in model.named_buffers() if name in model.state_dict()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    _write_averaged(folder, averaged)
    if tokenizer is not None:
        shutil.copyfile(tokenizer, folder / "tokenizer.json")
    return artifacts.seal(folder, "checkpoint", meta)


def write_resume(
    out: Path,
    resume: Resume,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    averaged: dict[str, torch.Tensor] | None = None,
) -> None:
    """Write ``out/resume-<step>`` and remove all but the newest states of this attempt."""
    folder = out / f"{_RESUME}{resume.step:08d}"
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    try:
        _write_averaged(folder, averaged)
        _write_state(folder, resume, model, optimizer)
    except Exception:
        # Where the disk is full, room is needed to say so.
        shutil.rmtree(folder, ignore_errors=True)
        raise
    for old in _states(out)[KEPT:]:
        # Without its manifest it is no state any more, however the removal of the rest ends.
        os.unlink(old / artifacts.MANIFEST)
        shutil.rmtree(old)


def _write_state(folder: Path, resume: Resume, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    import torch
    from safetensors.torch import save_file

    names = _names(model)
    save_file({name: _plain(p) for p, name in names.items()}, folder / "model.safetensors")
    moments = {}
    for parameter, state in optimizer.state.items():
        moments |= {f"{names[parameter]}/{key}": _plain(value) for key, value in state.items()}
    save_file(moments, folder / "optimizer.safetensors")
    generators = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        generators["cuda"] = torch.cuda.get_rng_state()
    save_file(generators, folder / "generators.safetensors")
    (folder / "certificate.txt").write_text("".join(f"{link}\n" for link in resume.certificate), encoding="ascii")
    place = {"step": resume.step, "run": resume.run, "consumed": resume.consumed}
    (folder / "place.json").write_text(json.dumps(place), encoding="ascii")
    artifacts.seal(folder, "resume", {"step": resume.step, "run": resume.run})


def newest_resume(folders: Iterable[Path], run: str) -> Path | None:
    """The state of the run ``run`` with the most updates that is whole, in the output folders of earlier attempts."""
    states = [state for folder in folders for state in _states(folder)]
    for state in sorted(states, key=lambda path: path.name, reverse=True):
        try:
            if artifacts.verify(state).meta["run"] == run:
                return state
        except (UserError, OSError, KeyError):
            continue
    return None


def read_resume(folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> Resume:
    """Put model, optimizer and generators back to where they were, and say where that is."""
    import torch
    from safetensors.torch import load_file

    names = _names(model)
    weights = load_file(folder / "model.safetensors")
    with torch.no_grad():
        for parameter, name in names.items():
            parameter.copy_(weights[name])
    moments = load_file(folder / "optimizer.safetensors")
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            if f"{names[parameter]}/step" not in moments:
                continue  # saved before the first update
            # AdamW counts its updates in 32-bit floats beside each parameter's moments (torch keeps the step on the
            # CPU only when not fused).
            optimizer.state[parameter] = {
                key: moments[f"{names[parameter]}/{key}"].to(parameter.device)
                for key in ("step", "exp_avg", "exp_avg_sq")
            }
    generators = load_file(folder / "generators.safetensors")
    torch.set_rng_state(generators["cpu"])
    if "cuda" in generators and torch.cuda.is_available():
        torch.cuda.set_rng_state(generators["cuda"])
    place = json.loads((folder / "place.json").read_text(encoding="ascii"))
    certificate = (folder / "certificate.txt").read_text(encoding="ascii").split()
    return Resume(place["step"], place["run"], place["consumed"], certificate)


def read_averaged(folder: Path) -> dict[str, torch.Tensor]:
    """The averaged weights in a folder, by name; empty where it has none."""
    from safetensors.torch import load_file

    path = folder / AVERAGED
    return load_file(path) if path.is_file() else {}


def _write_averaged(folder: Path, averaged: dict[str, torch.Tensor] | None) -> None:
    from safetensors.torch import save_file

    if averaged:
        weights = {name: _plain(value) for name, value in averaged.items()}
        save_file(weights, folder / AVERAGED, metadata={"format": "pt"})


def _names(model: nn.Module) -> dict[torch.Tensor, str]:
    """Every parameter once (tied ones under their first name)."""
    return {parameter: name for name, parameter in model.named_parameters()}


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().cpu().contiguous()


def _states(out: Path) -> list[Path]:
    """The complete states of an attempt, newest first."""
    found = [p.parent for p in Path(out).glob(f"{_RESUME}*/{artifacts.MANIFEST}")]
    return sorted(found, key=lambda path: path.name, reverse=True)
