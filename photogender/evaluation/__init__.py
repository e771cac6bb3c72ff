"""How right a model is: labelled pictures, protocols, measures, charts."""
