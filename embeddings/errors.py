"""The errors that the embeddings layer raises on purpose.

::

    TastegraphError
    └── ModelError
        ├── UnknownModel       no model has that name
        ├── UnknownSetting     the model has no such setting, or it cannot hold that value
        ├── NothingToLearn     the data hold no interaction
        ├── TrainingMissing    the model needs a library that is not installed: torch, or implicit
        ├── ModelMissing       no trained model of that name is there
        ├── NotFitted          what is asked for has to be worked out by a command first
        ├── ModelDamaged       a file of a model differs from its checksum, or is not there
        ├── ImagesMissing      no pictures have been looked at
        ├── PictureRefused     a picture or video cannot be read, or is larger than one may be
        └── EncoderRefused     an ONNX file is no network that turns a picture into a vector
"""

from __future__ import annotations

from collections.abc import Sequence

from graph.errors import TastegraphError


class ModelError(TastegraphError):
    """A model cannot be trained, loaded or used."""

    code = "model_error"


class UnknownModel(ModelError):
    """No model has that name."""

    code = "unknown_model"

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(name, tuple(known))
        self.name = name
        self.known = tuple(known)

    def __str__(self) -> str:
        return f"no model is called {self.name!r}; known: {', '.join(self.known)}"


class UnknownSetting(ModelError):
    """The model has no such setting, or it cannot hold that value."""

    code = "unknown_setting"

    def __init__(self, model: str, setting: str, reason: str) -> None:
        super().__init__(model, setting, reason)
        self.model = model
        self.setting = setting
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.model}.{self.setting}: {self.reason}"


class NothingToLearn(ModelError):
    """The data hold no interaction."""

    code = "nothing_to_learn"

    def __str__(self) -> str:
        return (
            "there is no interaction to learn from; load events, or count more actions (ratings below 4 count as none)"
        )


class TrainingMissing(ModelError):
    """The model needs a library that is not installed."""

    code = "training_missing"

    def __init__(self, model: str, library: str = "PyTorch") -> None:
        super().__init__(model, library)
        self.model = model
        self.library = library

    def __str__(self) -> str:
        missing = f"{self.model} is trained with {self.library}, which is not installed"
        return f"{missing}; run `pip install 'tastegraph[train]'`"


class ModelMissing(ModelError):
    """No trained model of that name is there."""

    code = "model_missing"

    def __init__(self, name: str, folder: str) -> None:
        super().__init__(name, folder)
        self.name = name
        self.folder = folder

    def __str__(self) -> str:
        return f"there is no trained {self.name} in {self.folder}; run `tastegraph train {self.name}`"


class NotFitted(ModelError):
    """What is asked for has to be worked out by a command first."""

    code = "not_fitted"

    def __init__(self, what: str, command: str) -> None:
        super().__init__(what, command)
        self.what = what
        self.command = command

    def __str__(self) -> str:
        return f"there are no {self.what} yet; run `tastegraph {self.command}`"


class ModelDamaged(ModelError):
    """A file of a model differs from its checksum, or is not there."""

    code = "model_damaged"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path} is damaged: {self.reason}; it is not used: train it again"


class ImagesMissing(ModelError):
    """No pictures have been looked at."""

    code = "images_missing"

    def __str__(self) -> str:
        return "no pictures have been looked at; run `tastegraph images fit --folder FOLDER`"


class PictureRefused(ModelError):
    """A picture or video cannot be read, or is larger than one may be."""

    code = "picture_refused"

    def __init__(self, place: str, kind: str, reason: str) -> None:
        super().__init__(place, kind, reason)
        self.place = place
        self.kind = kind
        """One word to count by: missing, outside, large, damaged, unknown, fetch."""
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class EncoderRefused(ModelError):
    """An ONNX file is no network that turns a picture into a vector."""

    code = "encoder_refused"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}; name an ONNX file that takes RGB pictures and gives one vector for each"
