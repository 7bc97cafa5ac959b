"""Commands about model files: the models there are, a first one, a market fitted to prices."""
