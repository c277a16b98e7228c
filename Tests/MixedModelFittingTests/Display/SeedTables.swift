// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

// The tables of the MixedModels.jl 4.31 documentation for scalar random effects.
//
// Where that program stopped short of the optimum, a line of ours differs in its last digits; both
// lines stand here.

extension SeedTable {
  static let dyestuff = SeedTable(
    formula: "yield ~ 1 + (1|batch)", dataset: .dyestuff,
    text: """
      Linear mixed model fit by maximum likelihood
       yield ~ 1 + (1 | batch)
         logLik   -2 logLik     AIC       AICc        BIC    
        -163.6635   327.3271   333.3271   334.2501   337.5307

      Variance components:
                  Column    Variance Std.Dev.
      batch    (Intercept)  1388.3332 37.2603
      Residual              2451.2501 49.5101
       Number of obs: 30; levels of grouping factors: 6

        Fixed-effects parameters:
      ────────────────────────────────────────────────
                    Coef.  Std. Error      z  Pr(>|z|)
      ────────────────────────────────────────────────
      (Intercept)  1527.5     17.6946  86.33    <1e-99
      ────────────────────────────────────────────────
      """,
    differences: [
      Difference(
        "batch    (Intercept)  1388.3332 37.2603",
        "batch    (Intercept)  1388.3333 37.2603"),
      Difference(
        "Residual              2451.2501 49.5101",
        "Residual              2451.2500 49.5101"),
    ])

  static let dyestuffREML = SeedTable(
    formula: "yield ~ 1 + (1|batch)", dataset: .dyestuff,
    criterion: .restrictedMaximumLikelihood,
    text: """
      Linear mixed model fit by REML
       yield ~ 1 + (1 | batch)
       REML criterion at convergence: 319.65427684225943

      Variance components:
                  Column    Variance Std.Dev.
      batch    (Intercept)  1764.0537 42.0006
      Residual              2451.2492 49.5101
       Number of obs: 30; levels of grouping factors: 6

        Fixed-effects parameters:
      ────────────────────────────────────────────────
                    Coef.  Std. Error      z  Pr(>|z|)
      ────────────────────────────────────────────────
      (Intercept)  1527.5     19.3834  78.80    <1e-99
      ────────────────────────────────────────────────
      """,
    differences: [
      Difference(
        " REML criterion at convergence: 319.65427684225943",
        " REML criterion at convergence: 319.65427684225745"),
      Difference(
        "batch    (Intercept)  1764.0537 42.0006",
        "batch    (Intercept)  1764.0500 42.0006"),
      Difference(
        "Residual              2451.2492 49.5101",
        "Residual              2451.2500 49.5101"),
    ])

  static let dyestuff2 = SeedTable(
    formula: "yield ~ 1 + (1|batch)", dataset: .dyestuff2,
    text: """
      Linear mixed model fit by maximum likelihood
       yield ~ 1 + (1 | batch)
         logLik   -2 logLik     AIC       AICc        BIC    
         -81.4365   162.8730   168.8730   169.7961   173.0766

      Variance components:
                  Column   Variance Std.Dev.
      batch    (Intercept)   0.00000 0.00000
      Residual              13.34610 3.65323
       Number of obs: 30; levels of grouping factors: 6

        Fixed-effects parameters:
      ───────────────────────────────────────────────
                    Coef.  Std. Error     z  Pr(>|z|)
      ───────────────────────────────────────────────
      (Intercept)  5.6656    0.666986  8.49    <1e-16
      ───────────────────────────────────────────────
      """,
    differences: [])

  static let penicillin = SeedTable(
    formula: "diameter ~ 1 + (1|plate) + (1|sample)", dataset: .penicillin,
    text: """
      Linear mixed model fit by maximum likelihood
       diameter ~ 1 + (1 | plate) + (1 | sample)
         logLik   -2 logLik     AIC       AICc        BIC    
        -166.0942   332.1883   340.1883   340.4761   352.0676

      Variance components:
                  Column   Variance Std.Dev. 
      plate    (Intercept)  0.714979 0.845565
      sample   (Intercept)  3.135193 1.770648
      Residual              0.302426 0.549933
       Number of obs: 144; levels of grouping factors: 24, 6

        Fixed-effects parameters:
      ─────────────────────────────────────────────────
                     Coef.  Std. Error      z  Pr(>|z|)
      ─────────────────────────────────────────────────
      (Intercept)  22.9722    0.744596  30.85    <1e-99
      ─────────────────────────────────────────────────
      """,
    differences: [
      Difference(
        "plate    (Intercept)  0.714979 0.845565",
        "plate    (Intercept)  0.714992 0.845572"),
      Difference(
        "sample   (Intercept)  3.135193 1.770648",
        "sample   (Intercept)  3.135188 1.770646"),
      Difference(
        "Residual              0.302426 0.549933",
        "Residual              0.302425 0.549932"),
    ])

  static let penicillinREML = SeedTable(
    formula: "diameter ~ 1+(1|plate)+(1|sample)", dataset: .penicillin,
    criterion: .restrictedMaximumLikelihood,
    text: """
      Linear mixed model fit by REML
       diameter ~ 1 + (1 | plate) + (1 | sample)
       REML criterion at convergence: 330.8605889912561

      Variance components:
                  Column   Variance Std.Dev. 
      plate    (Intercept)  0.716908 0.846704
      sample   (Intercept)  3.730907 1.931555
      Residual              0.302416 0.549923
       Number of obs: 144; levels of grouping factors: 24, 6

        Fixed-effects parameters:
      ─────────────────────────────────────────────────
                     Coef.  Std. Error      z  Pr(>|z|)
      ─────────────────────────────────────────────────
      (Intercept)  22.9722    0.808572  28.41    <1e-99
      ─────────────────────────────────────────────────
      """,
    differences: [
      Difference(
        " REML criterion at convergence: 330.8605889912561",
        " REML criterion at convergence: 330.86058899108775"),
      Difference(
        "sample   (Intercept)  3.730907 1.931555",
        "sample   (Intercept)  3.730918 1.931558"),
      Difference(
        "Residual              0.302416 0.549923",
        "Residual              0.302415 0.549923"),
      Difference(
        "(Intercept)  22.9722    0.808572  28.41    <1e-99",
        "(Intercept)  22.9722    0.808573  28.41    <1e-99"),
    ])

  static let pastesNested = SeedTable(
    formula: "strength ~ 1 + (1|batch/cask)", dataset: .pastes,
    text: """
      Linear mixed model fit by maximum likelihood
       strength ~ 1 + (1 | batch) + (1 | batch & cask)
         logLik   -2 logLik     AIC       AICc        BIC    
        -123.9972   247.9945   255.9945   256.7217   264.3718

      Variance components:
                      Column   Variance Std.Dev. 
      batch & cask (Intercept)  8.433617 2.904069
      batch        (Intercept)  1.199180 1.095071
      Residual                  0.678002 0.823409
       Number of obs: 60; levels of grouping factors: 30, 10

        Fixed-effects parameters:
      ─────────────────────────────────────────────────
                     Coef.  Std. Error      z  Pr(>|z|)
      ─────────────────────────────────────────────────
      (Intercept)  60.0533    0.642136  93.52    <1e-99
      ─────────────────────────────────────────────────
      """,
    differences: [
      Difference(
        "batch & cask (Intercept)  8.433617 2.904069",
        "batch & cask (Intercept)  8.433667 2.904078"),
      Difference(
        "batch        (Intercept)  1.199180 1.095071",
        "batch        (Intercept)  1.199156 1.095060"),
      Difference(
        "Residual                  0.678002 0.823409",
        "Residual                  0.678000 0.823408"),
      Difference(
        "(Intercept)  60.0533    0.642136  93.52    <1e-99",
        "(Intercept)  60.0533    0.642135  93.52    <1e-99"),
    ])

  static let pastesSample = SeedTable(
    formula: "strength ~ 1 + (1|sample) + (1|batch)", dataset: .pastes,
    hasSampleColumn: true,
    text: """
      Linear mixed model fit by maximum likelihood
       strength ~ 1 + (1 | sample) + (1 | batch)
         logLik   -2 logLik     AIC       AICc        BIC    
        -123.9972   247.9945   255.9945   256.7217   264.3718

      Variance components:
                  Column   Variance Std.Dev. 
      sample   (Intercept)  8.433617 2.904069
      batch    (Intercept)  1.199178 1.095070
      Residual              0.678002 0.823409
       Number of obs: 60; levels of grouping factors: 30, 10

        Fixed-effects parameters:
      ─────────────────────────────────────────────────
                     Coef.  Std. Error      z  Pr(>|z|)
      ─────────────────────────────────────────────────
      (Intercept)  60.0533    0.642136  93.52    <1e-99
      ─────────────────────────────────────────────────
      """,
    differences: [
      Difference(
        "sample   (Intercept)  8.433617 2.904069",
        "sample   (Intercept)  8.433667 2.904078"),
      Difference(
        "batch    (Intercept)  1.199178 1.095070",
        "batch    (Intercept)  1.199156 1.095060"),
      Difference(
        "Residual              0.678002 0.823409",
        "Residual              0.678000 0.823408"),
      Difference(
        "(Intercept)  60.0533    0.642136  93.52    <1e-99",
        "(Intercept)  60.0533    0.642135  93.52    <1e-99"),
    ])

  static let insteval = SeedTable(
    formula: "y ~ 1 + service * dept + (1|s) + (1|d)", dataset: .insteval,
    text: """
      Linear mixed model fit by maximum likelihood
       y ~ 1 + service + dept + service & dept + (1 | s) + (1 | d)
          logLik     -2 logLik       AIC         AICc          BIC     
       -118792.7767  237585.5534  237647.5534  237647.5804  237932.8763

      Variance components:
                  Column   Variance Std.Dev. 
      s        (Intercept)  0.105418 0.324681
      d        (Intercept)  0.258416 0.508347
      Residual              1.384728 1.176745
       Number of obs: 73421; levels of grouping factors: 2972, 1128

        Fixed-effects parameters:
      ────────────────────────────────────────────────────────────────
                                    Coef.  Std. Error      z  Pr(>|z|)
      ────────────────────────────────────────────────────────────────
      (Intercept)              3.27628      0.0793647  41.28    <1e-99
      service: Y               0.0116044    0.0699321   0.17    0.8682
      dept: D02               -0.0411091    0.120331   -0.34    0.7326
      dept: D03                0.00967413   0.108411    0.09    0.9289
      dept: D04                0.105017     0.0944964   1.11    0.2664
      dept: D05                0.0828643    0.11148     0.74    0.4573
      dept: D06               -0.01194      0.0978342  -0.12    0.9029
      dept: D07                0.0992679    0.110598    0.90    0.3694
      dept: D08                0.0575337    0.127935    0.45    0.6529
      dept: D09               -0.00263181   0.107085   -0.02    0.9804
      dept: D10               -0.223423     0.099838   -2.24    0.0252
      dept: D11                0.0129816    0.110639    0.12    0.9066
      dept: D12                0.00503825   0.0944243   0.05    0.9574
      dept: D14                0.0050827    0.109041    0.05    0.9628
      dept: D15               -0.0466719    0.101942   -0.46    0.6471
      service: Y & dept: D02  -0.144352     0.0929527  -1.55    0.1204
      service: Y & dept: D03   0.0174078    0.0927237   0.19    0.8511
      service: Y & dept: D04  -0.0381262    0.0810901  -0.47    0.6382
      service: Y & dept: D05   0.0596632    0.123952    0.48    0.6303
      service: Y & dept: D06  -0.254044     0.080781   -3.14    0.0017
      service: Y & dept: D07  -0.151634     0.11157    -1.36    0.1741
      service: Y & dept: D08   0.0508942    0.112189    0.45    0.6501
      service: Y & dept: D09  -0.259448     0.0899448  -2.88    0.0039
      service: Y & dept: D10   0.25907      0.111369    2.33    0.0200
      service: Y & dept: D11  -0.276577     0.0819621  -3.37    0.0007
      service: Y & dept: D12  -0.0418489    0.0792928  -0.53    0.5977
      service: Y & dept: D14  -0.256742     0.0931016  -2.76    0.0058
      service: Y & dept: D15   0.24042      0.0982071   2.45    0.0144
      ────────────────────────────────────────────────────────────────
      """,
    differences: [
      // 0.009674125 to nine digits, in the middle between the two.
      Difference(
        "dept: D03                0.00967413   0.108411    0.09    0.9289",
        "dept: D03                0.00967412   0.108411    0.09    0.9289"),
      Difference(
        "dept: D09               -0.00263181   0.107085   -0.02    0.9804",
        "dept: D09               -0.00263182   0.107085   -0.02    0.9804"),
    ])
}
