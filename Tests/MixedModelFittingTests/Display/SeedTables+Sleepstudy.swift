// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

// The tables of the MixedModels.jl 4.31 documentation for sleepstudy with `days` as numbers.
//
// Where that program stopped short of the optimum, a line of ours differs in its last digits; both
// lines stand here.

extension SeedTable {
  static let sleepstudy = SeedTable(
    formula: "reaction ~ 1 + days + (1 + days|subj)", dataset: .sleepstudy,
    text: """
      Linear mixed model fit by maximum likelihood
       reaction ~ 1 + days + (1 + days | subj)
         logLik   -2 logLik     AIC       AICc        BIC    
        -875.9697  1751.9393  1763.9393  1764.4249  1783.0971

      Variance components:
                  Column    Variance Std.Dev.   Corr.
      subj     (Intercept)  565.51066 23.78047
               days          32.68212  5.71683 +0.08
      Residual              654.94145 25.59182
       Number of obs: 180; levels of grouping factors: 18

        Fixed-effects parameters:
      ──────────────────────────────────────────────────
                      Coef.  Std. Error      z  Pr(>|z|)
      ──────────────────────────────────────────────────
      (Intercept)  251.405      6.63226  37.91    <1e-99
      days          10.4673     1.50224   6.97    <1e-11
      ──────────────────────────────────────────────────
      """,
    differences: [
      Difference(
        "subj     (Intercept)  565.51066 23.78047",
        "subj     (Intercept)  565.51537 23.78057"),
      Difference(
        "         days          32.68212  5.71683 +0.08",
        "         days          32.68220  5.71683 +0.08"),
      Difference(
        "Residual              654.94145 25.59182",
        "Residual              654.94103 25.59182"),
      Difference(
        "(Intercept)  251.405      6.63226  37.91    <1e-99",
        "(Intercept)  251.405      6.63228  37.91    <1e-99"),
    ])

  static let sleepstudyZeroCorrelation = SeedTable(
    formula: "reaction ~ 1 + days + zerocorr(1 + days|subj)", dataset: .sleepstudy,
    text: """
      Linear mixed model fit by maximum likelihood
       reaction ~ 1 + days + zerocorr(1 + days | subj)
         logLik   -2 logLik     AIC       AICc        BIC    
        -876.0016  1752.0033  1762.0033  1762.3481  1777.9680

      Variance components:
                  Column    Variance Std.Dev.   Corr.
      subj     (Intercept)  584.25897 24.17145
               days          33.63281  5.79938   .  
      Residual              653.11578 25.55613
       Number of obs: 180; levels of grouping factors: 18

        Fixed-effects parameters:
      ──────────────────────────────────────────────────
                      Coef.  Std. Error      z  Pr(>|z|)
      ──────────────────────────────────────────────────
      (Intercept)  251.405      6.70771  37.48    <1e-99
      days          10.4673     1.51931   6.89    <1e-11
      ──────────────────────────────────────────────────
      """,
    differences: [
      Difference(
        "subj     (Intercept)  584.25897 24.17145",
        "subj     (Intercept)  584.25007 24.17127"),
      Difference(
        "         days          33.63281  5.79938   .  ",
        "         days          33.63314  5.79941   .  "),
      Difference(
        "Residual              653.11578 25.55613",
        "Residual              653.11602 25.55613"),
      Difference(
        "(Intercept)  251.405      6.70771  37.48    <1e-99",
        "(Intercept)  251.405      6.70767  37.48    <1e-99"),
    ])

  static let sleepstudySeparate = SeedTable(
    formula: "reaction ~ 1 + days + (1|subj) + (days|subj)", dataset: .sleepstudy,
    text: """
      Linear mixed model fit by maximum likelihood
       reaction ~ 1 + days + (1 | subj) + (days | subj)
         logLik   -2 logLik     AIC       AICc        BIC    
        -876.0016  1752.0033  1762.0033  1762.3481  1777.9680

      Variance components:
                  Column    Variance Std.Dev.   Corr.
      subj     (Intercept)  584.25897 24.17145
               days          33.63281  5.79938   .  
      Residual              653.11578 25.55613
       Number of obs: 180; levels of grouping factors: 18

        Fixed-effects parameters:
      ──────────────────────────────────────────────────
                      Coef.  Std. Error      z  Pr(>|z|)
      ──────────────────────────────────────────────────
      (Intercept)  251.405      6.70771  37.48    <1e-99
      days          10.4673     1.51931   6.89    <1e-11
      ──────────────────────────────────────────────────
      """,
    differences: [
      Difference(
        "subj     (Intercept)  584.25897 24.17145",
        "subj     (Intercept)  584.25007 24.17127"),
      Difference(
        "         days          33.63281  5.79938   .  ",
        "         days          33.63314  5.79941   .  "),
      Difference(
        "Residual              653.11578 25.55613",
        "Residual              653.11602 25.55613"),
      Difference(
        "(Intercept)  251.405      6.70771  37.48    <1e-99",
        "(Intercept)  251.405      6.70767  37.48    <1e-99"),
    ])
}
