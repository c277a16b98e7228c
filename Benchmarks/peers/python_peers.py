#!/usr/bin/env python3
# This file is part of the swift-mixed-models project.
# SPDX-License-Identifier: Apache-2.0
"""python_peers.py SYSTEM FORMULA FILE CATEGORICAL FAMILY POINTS SECONDS

Times maximum-likelihood fits on data in memory until SECONDS have passed; prints one line of JSON.
SYSTEM is mixedlm, gpboost (its defaults) or gpboost-exact (Cholesky in place of its iterative
method). CATEGORICAL names numeric columns to convert first, separated by commas. FAMILY is
gaussian, bernoulli, binomial or poisson; POINTS the quadrature points, 0 for profiled fixed effects.
"""

import importlib.metadata
import json
import os
import re
import statistics
import sys
import time
import warnings

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
# A first fit of this many budgets is not repeated.
LONG_FIT = 5


def with_derived_columns(formula, data):
    """Formula and data in which transformations are columns, since not every program has them."""
    trials = None
    response = formula.split("~")[0].strip()
    if " / " in response:
        successes, trials = response.split(" / ")
        data["proportion"] = data[successes] / data[trials]
        formula = formula.replace(response, "proportion", 1)
    elif not pd.api.types.is_numeric_dtype(data[response]):
        data[response] = (data[response] == data[response].max()).astype(float)
    for written, name in re.findall(r"(I\((\w+)\^2\))", formula):
        data[name + "_squared"] = data[name] ** 2
        formula = formula.replace(written, name + "_squared")
    for written, name in re.findall(r"(center\((\w+)\))", formula):
        data[name + "_centred"] = data[name] - data[name].mean()
        formula = formula.replace(written, name + "_centred")
    return formula, data, trials


def mixedlm_fit(formula, data, family, points, trials):
    import mixedlm

    def describe(model):
        likelihood = model.logLik()
        objective = -2 * float(getattr(likelihood, "value", likelihood))
        if points > 1:
            # For responses of 0 and 1, minus twice the log-likelihood by quadrature.
            deviance = model.deviance
            objective = float(deviance() if callable(deviance) else deviance)
        return {
            "objective": objective,
            "evaluations": int(getattr(model, "function_evals", 0) or 0) or None,
        }

    if family == "gaussian":
        return lambda: mixedlm.lmer(formula, data, REML=False), describe
    kinds = mixedlm.families
    kind = kinds.Poisson if family == "poisson" else kinds.Binomial
    more = {"weights": trials} if trials else {}
    return lambda: mixedlm.glmer(formula, data, family=kind(), nAGQ=points, **more), describe


def fixed_effects_matrix(terms, data):
    """Treatment coding of terms joined by +, each a column or a product a * b of two."""

    def columns(name):
        column = data[name]
        if pd.api.types.is_numeric_dtype(column):
            return column.to_numpy(float)[:, None]
        return pd.get_dummies(column, drop_first=True).to_numpy(float)

    blocks = [np.ones((len(data), 1))]
    for term in terms:
        factors = [columns(name) for name in term.split(" * ")]
        blocks += factors
        if len(factors) == 2:
            product = factors[0][:, :, None] * factors[1][:, None, :]
            blocks.append(product.reshape(len(data), -1))
    return np.hstack(blocks)


def gpboost_fit(formula, data, family, points, exact):
    import gpboost

    likelihoods = {"gaussian": "gaussian", "bernoulli": "bernoulli_logit", "poisson": "poisson"}
    if family not in likelihoods:
        return None, "no counts of successes"
    if points != 1:
        return None, "the Laplace approximation only"
    response, right = (side.strip() for side in formula.split("~"))
    groups = []
    for effects, group in re.findall(r"\(([^|]+)\|([^)]+)\)", right):
        if effects.strip() != "1":
            return None, "random slopes are uncorrelated with the intercept: another model"
        outer, _, inner = (part.strip() for part in group.partition("/"))
        groups.append(data[outer].astype(str))
        if inner:
            groups.append(data[outer].astype(str) + ":" + data[inner].astype(str))
    fixed = re.sub(r"\([^)]*\)", "", right).split("+")
    terms = [term.strip() for term in fixed if term.strip() not in ("", "1")]
    x = fixed_effects_matrix(terms, data)
    y = data[response].to_numpy(float)
    method = "cholesky" if exact else "default"

    def fit():
        model = gpboost.GPModel(
            group_data=np.column_stack(groups), likelihood=likelihoods[family],
            matrix_inversion_method=method)
        model.fit(y=y, X=x, params={"trace": False})
        return model

    def describe(model):
        return {
            "objective": 2 * float(model.get_current_neg_log_likelihood()),
            "evaluations": None,
        }

    return fit, describe


def main():
    system, formula, path, categorical, family, points, budget = sys.argv[1:8]
    data = pd.read_csv(path)
    for name in filter(None, categorical.split(",")):
        data[name] = data[name].astype(str)
    formula, data, trials = with_derived_columns(formula, data)
    points = int(points)
    package = system.split("-")[0]
    result = {"system": system, "version": importlib.metadata.version(package)}
    if package == "mixedlm":
        fit, describe = mixedlm_fit(formula, data, family, points, trials)
    else:
        fit, describe = gpboost_fit(
            formula, data, family, points, exact=system == "gpboost-exact")
    if fit is None:
        print(json.dumps({**result, "unsupported": describe}))
        return
    # GPBoost writes a warning per fit to standard output from outside Python.
    output = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    begin = time.perf_counter()
    cpu, wall = [], []
    is_first = True
    while True:
        wall_start, cpu_start = time.perf_counter(), time.process_time()
        model = fit()
        cpu.append(time.process_time() - cpu_start)
        wall.append(time.perf_counter() - wall_start)
        # The first fit imports and compiles: it counts only where that is nothing beside it.
        if is_first and wall[0] < LONG_FIT * float(budget):
            is_first = False
            cpu, wall = [], []
            continue
        spent = time.perf_counter() - begin + statistics.median(wall)
        if spent > float(budget) or len(wall) >= 101:
            break
    os.dup2(output, 1)
    result.update(cpu=statistics.median(cpu), wall=statistics.median(wall), calls=len(wall))
    print(json.dumps({**result, **describe(model)}))


if __name__ == "__main__":
    main()
