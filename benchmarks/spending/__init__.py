"""Learning while spending: which rule should choose before rewards and costs are known?"""
