"""Makes optiviz/tuned.json, the table of learning rates per surface and rule: `python scripts/tune.py`.

It runs `optiviz.experiments.tune` for every pair in the registries; a minute or two on one core. Rules as other
libraries spell them are not among them: they share an entry, or are tuned when they are asked for.
"""

import json
from pathlib import Path

from optiviz.experiments import suited_batch, tune
from optiviz.files import written_whole
from optiviz.optimizers import Optimizer
from optiviz.surfaces import Surface

TABLE = Path(__file__).parent.parent / "optiviz" / "tuned.json"

found = {
    surface.name: {
        rule.name: tune(rule, surface, batch_size=suited_batch(rule, surface))
        for rule in Optimizer.registry.values()
        if "." not in rule.name
    }
    for surface in Surface.registry.values()
}
rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(rates)}" for name, rates in found.items())
with written_whole(TABLE) as path:
    path.write_text("{\n" + rows + "\n}\n", encoding="utf-8")
