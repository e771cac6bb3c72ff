"""The accuracy of a model: labelled pictures, protocols, measures, charts."""
