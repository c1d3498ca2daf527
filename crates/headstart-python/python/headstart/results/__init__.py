"""What the commands answer, as objects: one class for each command, and one for each part of what it tells.

Every result has its JSON document (`json()`), the text that the command prints (`str(result)`), tables (`to_pandas()`,
`to_polars()`) and a picture (`plot()`). The keys of the document are attributes: `result.runs[0].train.loss`.

In all of them `train` and `test` are the training set and the test set, an interval of a mean says where the mean over
all seeds lies, and an initialization is in the grammar of `--init`.
"""

from .._optional import MissingPackage
from .advice import (
    Advice,
    Depth,
    Evidence,
    NetworkChange,
    Plateau,
    Recommendation,
    Snippet,
    Tried,
    TriedFamily,
    TriedLayers,
)
from .audit import AskedScales, Audit, AuditedWeight, AuditFinding
from .base import Answer, Result
from .comparison import Cell, Comparison, Difference, Gap, Settled, Standing
from .data import Class, Column, DataOverview, Target
from .device import Device
from .explanation import (
    Change,
    Check,
    CureCheck,
    Explanation,
    Finding,
    Obstacle,
    Population,
    Prediction,
    Separation,
    StartExplanation,
    Trial,
)
from .map import Axis, HeatMap, Line, Map, MapCell, Panel
from .plan import StudyData, StudyInit, StudyNetwork, StudyPlan, StudySection, StudyTraining
from .probe import CoordCheck, Growth, InitProbe, LayerCheck, LayerProbe, Probe, Profile
from .replication import Page, Published, Replication
from .run import Figures, Fit, Fits, Record, Run
from .seeds import Reached, Spread, Statistics, Summary, Survival
from .study import LossUnits, Margin, Store, Stores, Study, StudyCell
from .task import ColumnPlan, Guessing, Scaling, Task, TaskData, TaskInit, TaskNetwork, TaskTraining, Transform, Writing
from .theory import CriticalStart, Theory, TheoryLayer, TheoryScheme, Through
from .training import Training
from .weights import Tensor, WeightsFile

__all__ = [
    "Advice",
    "Answer",
    "AskedScales",
    "Audit",
    "AuditFinding",
    "AuditedWeight",
    "Axis",
    "Cell",
    "Change",
    "Check",
    "Class",
    "Column",
    "ColumnPlan",
    "Comparison",
    "CoordCheck",
    "CriticalStart",
    "CureCheck",
    "DataOverview",
    "Depth",
    "Device",
    "Difference",
    "Evidence",
    "Explanation",
    "Figures",
    "Finding",
    "Fit",
    "Fits",
    "Gap",
    "Growth",
    "Guessing",
    "HeatMap",
    "InitProbe",
    "LayerCheck",
    "LayerProbe",
    "Line",
    "LossUnits",
    "Map",
    "MapCell",
    "Margin",
    "MissingPackage",
    "NetworkChange",
    "Obstacle",
    "Page",
    "Panel",
    "Plateau",
    "Population",
    "Prediction",
    "Probe",
    "Profile",
    "Published",
    "Reached",
    "Recommendation",
    "Record",
    "Replication",
    "Result",
    "Run",
    "Scaling",
    "Separation",
    "Settled",
    "Snippet",
    "Spread",
    "Standing",
    "StartExplanation",
    "Statistics",
    "Store",
    "Stores",
    "Study",
    "StudyCell",
    "StudyData",
    "StudyInit",
    "StudyNetwork",
    "StudyPlan",
    "StudySection",
    "StudyTraining",
    "Summary",
    "Survival",
    "Target",
    "Task",
    "TaskData",
    "TaskInit",
    "TaskNetwork",
    "TaskTraining",
    "Tensor",
    "Theory",
    "TheoryLayer",
    "TheoryScheme",
    "Through",
    "Training",
    "Transform",
    "Trial",
    "Tried",
    "TriedFamily",
    "TriedLayers",
    "WeightsFile",
    "Writing",
]
